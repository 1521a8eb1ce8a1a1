import { bytesSize, type WharfEnd, type WharfWhy } from '@wharf/spec';
import { type ContainerRecord, shownStatus } from '../containers/record.ts';
import { hasHealthCheck } from '../containers/validate-wharf.ts';
import type { EndRecord } from './end-record.ts';
import { explainEnd } from './explain-end.ts';
import { explainHealth } from './explain-health.ts';
import { printable } from './printable.ts';
import { subjectOf } from './subject.ts';
import type { Subject, Verdict } from './verdict.ts';
import { counted, setting, signalName, span } from './words.ts';

/** What is known beside a container's record. */
export interface WhyFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly lastOutput: readonly string[];
  /** Of a running container: its counters. Bytes. */
  readonly live?: {
    readonly memory?: number;
    readonly memoryLimit?: number;
    readonly oomKills: number;
    readonly pidsRefused?: number;
  };
}

/** Of a limit, what is worth a remark. */
const NEARLY = 0.9;

/** Why a container is in the state that it is in. Pure. */
export function explain(record: ContainerRecord, facts: WhyFacts): WharfWhy {
  const subject = subjectOf(record);
  const { state } = record;
  const ends = (record.ends ?? []).toReversed();
  const verdict =
    state.status === 'running' ? running(record, subject, facts) : notRunning(record, subject, facts, ends);
  return {
    Id: record.id,
    Name: record.name,
    Status: shownStatus(state),
    Cause: verdict.cause,
    Summary: printable(verdict.summary),
    Facts: verdict.facts.map(printable),
    Advice: verdict.advice.map(printable),
    LastOutput: [...facts.lastOutput],
    Ends: ends.map((end) => endView(end, subject)),
  };
}

function endView(end: EndRecord, subject: Subject): WharfEnd {
  const { cause, summary } = explainEnd(end, subject);
  return {
    Cause: cause,
    Summary: printable(summary),
    StartedAt: end.startedAt,
    FinishedAt: end.at,
    ExitCode: end.exitCode,
    Signal: end.signal === 0 ? '' : signalName(end.signal),
    OOMKills: end.oomKills,
    Restarted: end.again,
  };
}

function notRunning(record: ContainerRecord, subject: Subject, { now }: WhyFacts, ends: readonly EndRecord[]): Verdict {
  const [last] = ends;
  if (!last) return withoutEnds(record);
  const verdict = explainEnd(last, subject);
  const restarting = record.state.status === 'restarting';
  return {
    ...verdict,
    facts: [...whenFacts(last, now), ...verdict.facts, ...againFacts(record, ends, subject)],
    advice: restarting
      ? [
          ...verdict.advice,
          `To end the restarts: wharf stop ${record.name}, or wharf update --restart no ${record.name}`,
        ]
      : verdict.advice,
  };
}

/** It was never started, or it ended under an engine that kept no history. */
function withoutEnds({ name, state }: ContainerRecord): Verdict {
  if (state.finishedAt.startsWith('0001')) {
    return {
      cause: 'never-started',
      summary: 'It was created and never started.',
      facts: [],
      advice: [`Start it: wharf start ${name}`],
    };
  }
  return {
    cause: state.oomKilled ? 'out-of-memory' : 'unknown',
    summary: `It ended with exit code ${state.exitCode}${state.oomKilled ? ', and the kernel killed a process in it for want of memory' : ''}.`,
    facts: ['More was not kept of that end.'],
    advice: [`Its last output may tell: wharf logs ${name}`],
  };
}

function whenFacts({ kind, startedAt, at }: EndRecord, now: number): string[] {
  const ago = `${span(now - Date.parse(at))} ago`;
  if (kind === 'start-failed') return [`That was ${ago}.`];
  return [`It ran for ${span(Date.parse(at) - Date.parse(startedAt))}, and ended ${ago}.`];
}

/** What the restart policy makes of the end. */
function againFacts(record: ContainerRecord, ends: readonly EndRecord[], subject: Subject): string[] {
  const { Name = 'no', MaximumRetryCount = 0 } = record.hostConfig.RestartPolicy ?? {};
  const [last] = ends;
  if (Name === 'no' || !last) return [];
  if (record.state.status === 'restarting') {
    const delay = setting(record.restartDelay ?? 0);
    const alike = ends.filter((end) => explainEnd(end, subject).cause === explainEnd(last, subject).cause).length;
    const same = ends.length > 1 ? ` Of its last ${ends.length} ends ${alike} were of this kind.` : '';
    return [
      `Its restart policy (${Name}) starts it again ${delay} after each such end; ${counted(record.restartCount, 'restart')} so far.${same}`,
    ];
  }
  if (record.stoppedByUser) return [`Its restart policy (${Name}) does not start again what was stopped on purpose.`];
  if (Name !== 'on-failure') return [];
  if (last.exitCode === 0) return ['Its restart policy (on-failure) starts it again only after an error.'];
  return [
    `Its restart policy gave up after ${counted(record.restartCount, 'restart')} (on-failure:${MaximumRetryCount}).`,
  ];
}

function running(record: ContainerRecord, subject: Subject, facts: WhyFacts): Verdict {
  const up = span(facts.now - Date.parse(record.state.startedAt));
  const more = [...liveFacts(facts), ...lifetimeFact(record, facts.now), ...pastFacts(record, subject, facts.now)];
  if (record.state.paused) {
    return {
      cause: 'paused',
      summary: `It is paused: its processes are frozen (started ${up} ago).`,
      facts: more,
      advice: [`Let it go on: wharf unpause ${record.name}`],
    };
  }
  const health = hasHealthCheck(record.config) ? explainHealth(record) : undefined;
  if (health) return { ...health, facts: [`It has been running for ${up}.`, ...health.facts, ...more] };
  return { cause: 'running', summary: `It has been running for ${up}.`, facts: more, advice: [] };
}

function liveFacts({ live }: WhyFacts): string[] {
  const { memory, memoryLimit, oomKills = 0, pidsRefused = 0 } = live ?? {};
  const full = memory !== undefined && memoryLimit !== undefined && memory > memoryLimit * NEARLY;
  return [
    ...(oomKills > 0
      ? [`In this run the kernel has killed ${counted(oomKills, 'process', 'processes')} of it for want of memory.`]
      : []),
    ...(full ? [`It uses ${bytesSize(memory)} of the ${bytesSize(memoryLimit)} that it may use.`] : []),
    ...(pidsRefused > 0
      ? [`The kernel has refused it ${counted(pidsRefused, 'new process', 'new processes')} (--pids-limit).`]
      : []),
  ];
}

function lifetimeFact({ wharf, state }: ContainerRecord, now: number): string[] {
  const allowed = (wharf?.Timeout ?? 0) / 1e6;
  if (allowed === 0) return [];
  return [
    `It will be stopped in ${span(Date.parse(state.startedAt) + allowed - now)} (--timeout ${setting(allowed)}).`,
  ];
}

/** What was before this run. */
function pastFacts(record: ContainerRecord, subject: Subject, now: number): string[] {
  const last = record.ends?.at(-1);
  if (!last) return [];
  const times =
    record.restartCount > 0 ? [`Its restart policy has started it again ${counted(record.restartCount, 'time')}.`] : [];
  return [...times, `Its last end, ${span(now - Date.parse(last.at))} ago: ${explainEnd(last, subject).summary}`];
}
