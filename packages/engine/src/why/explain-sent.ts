import type { EndRecord, SentBy, SentSignal } from './end-record.ts';
import type { Subject, Verdict } from './verdict.ts';
import { setting, signalName, span } from './words.ts';

const SIGKILL = 9;
/** Hangup, interrupt, quit, terminate: what programs take for a wish that they end. */
const POLITE = new Set([1, 2, 3, 15]);
/** How long after such a signal an end is still its doing, in milliseconds. */
const SOON = 10_000;

/** The signal that ended a run, of those that the engine sent; undefined when it was none of them. */
export function responsible(end: EndRecord, { stopSignal }: Subject): SentSignal | undefined {
  return end.sent.findLast(({ by, signal, at }) => {
    if (signal === end.signal || 128 + signal === end.exitCode) return true;
    if (end.signal !== 0) return false;
    if (by !== 'kill') return true;
    const soon = Date.parse(end.at) - Date.parse(at) < SOON;
    return soon && (POLITE.has(signal) || signal === stopSignal);
  });
}

const CAUSES: Readonly<Record<SentBy, Verdict['cause']>> = {
  kill: 'killed',
  stop: 'stopped',
  restart: 'stopped',
  remove: 'killed',
  health: 'health-check',
  timeout: 'timeout',
};

/** The end in a sentence, without its full stop. */
function sentence({ by, signal }: SentSignal, { lifetime, healthAction }: Subject): string {
  switch (by) {
    case 'kill':
      return `It was ended on purpose: a client sent it ${signalName(signal)} (kill)`;
    case 'stop':
      return "It was stopped on purpose, by a client's stop";
    case 'restart':
      return "It was stopped to be started again, by a client's restart";
    case 'remove':
      return 'It was killed to be removed, by a client (rm -f)';
    case 'timeout':
      return `It was stopped because its time was over: it may run for ${setting(lifetime)} (--timeout)`;
    case 'health':
      return `It was ended because it was unhealthy (--health-on-failure ${healthAction})`;
  }
}

/** Why a run ended that the engine ended, by the signal that did it. */
export function explainSent(end: EndRecord, sent: SentSignal, subject: Subject): Verdict {
  const { by } = sent;
  const gentle = end.sent.findLast((other) => other.by === by && other.signal !== SIGKILL);
  const forced = sent.signal === SIGKILL && gentle !== undefined;
  const how = forced ? forcedFacts(end, gentle, subject) : politeFacts(end, sent);
  const check =
    end.unhealthy === undefined || by !== 'health' ? [] : [`The last health check said: ${oneLine(end.unhealthy)}`];
  return {
    cause: CAUSES[by],
    summary: `${sentence(sent, subject)}${forced ? `, and had to be killed` : ''}.`,
    facts: [...how, ...check],
    advice: [...(forced ? stubborn(gentle, subject) : []), ...adviceBy(by, subject)],
  };
}

function politeFacts(end: EndRecord, { signal }: SentSignal): string[] {
  const name = signalName(signal);
  if (end.signal === signal) return [`${name} ended it: exit code ${end.exitCode} is 128 + ${signal}.`];
  return [`After ${name} its program ended with exit code ${end.exitCode}.`];
}

function forcedFacts(end: EndRecord, gentle: SentSignal, { ownPids, init }: Subject): string[] {
  const name = signalName(gentle.signal);
  const waited = span(Date.parse(end.at) - Date.parse(gentle.at));
  const first = init ? 'Its init' : 'Its first process';
  const handling =
    gentle.handling === 'caught'
      ? [`${first} caught ${name}, and was not done by then.`]
      : gentle.handling === 'ignored'
        ? [`${first} ignores ${name}.`]
        : gentle.handling === 'default' && ownPids
          ? [`${first} has no handler for ${name}; for process 1 of a container that means that it is ignored.`]
          : [];
  return [`It had not ended ${waited} after ${name}, so SIGKILL followed (exit code ${end.exitCode}).`, ...handling];
}

/** What helps a container that does not end when it is told to. */
function stubborn({ handling, signal }: SentSignal, { init, stopTimeout }: Subject): string[] {
  const name = signalName(signal);
  if (handling === 'caught')
    return [`Give it more time than ${stopTimeout} seconds: --stop-timeout, or wharf stop -t.`];
  return [
    `Let its program handle ${name}; a shell script can with: trap 'exit 0' ${name.replace('SIG', '')}`,
    ...(init
      ? []
      : ['Or run it with --init, whose process 1 passes signals on, or start the program with exec in the script.']),
    'Or name a signal that it knows: --stop-signal.',
  ];
}

function adviceBy(by: SentBy, { name }: Subject): string[] {
  if (by === 'timeout') return ['Give it longer (--timeout), or find out what takes it so long.'];
  if (by === 'health')
    return [`Run the check by hand to see what it says: wharf inspect -f '{{json .State.Health}}' ${name}`];
  return [`wharf start ${name} runs it again.`];
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line === '' ? '(nothing)' : line;
}
