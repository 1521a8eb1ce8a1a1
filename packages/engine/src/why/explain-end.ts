import { bytesSize } from '@wharf/spec';
import type { EndRecord, SentSignal } from './end-record.ts';
import { explainSent, responsible } from './explain-sent.ts';
import { explainStart } from './explain-start.ts';
import type { Subject, Verdict } from './verdict.ts';
import { counted, exitCodeMeaning, faultOf, signalName } from './words.ts';

const SIGKILL = 9;
/** A run as short as this did not do much, in milliseconds. */
const AT_ONCE = 2000;
const SHELLS = /(?:^|\/)(?:ba|da|a|z|k|fi)?sh$/;

/** Why one run of a container ended. Pure: everything that is known is in the record. */
export function explainEnd(end: EndRecord, subject: Subject): Verdict {
  if (end.kind === 'start-failed') return explainStart(end, subject);
  const verdict = runVerdict(end, subject, responsible(end, subject));
  return { ...verdict, facts: [...verdict.facts, ...limitFacts(end, subject), ...awayFact(end)] };
}

function runVerdict(end: EndRecord, subject: Subject, sent: SentSignal | undefined): Verdict {
  if (end.kind === 'machine-lost') return machineLost(subject);
  if (end.kind === 'monitor-lost') return monitorLost();
  if (sent) return explainSent(end, sent, subject);
  if (end.oomKills > 0) return outOfMemory(end, subject);
  if (end.signal === 0) return byItself(end, subject);
  return bySignal(end, subject);
}

function machineLost({ name }: Subject): Verdict {
  return {
    cause: 'machine-lost',
    summary: 'It ran when the machine went down: a reboot, a crash or a loss of power.',
    facts: ['Nobody was left to see how it ended; exit code 255 stands for that.'],
    advice: [`To have it started with the engine: wharf update --restart unless-stopped ${name}`],
  };
}

function monitorLost(): Verdict {
  return {
    cause: 'monitor-lost',
    summary: 'Its monitor process was killed on the host, and the container with it.',
    facts: [
      'A container cannot do that to its monitor; somebody with root on the host, or a host without memory, can.',
    ],
    advice: ["Look in the host's kernel log for the process that was killed: dmesg | grep -i 'killed process'"],
  };
}

function outOfMemory(end: EndRecord, subject: Subject): Verdict {
  const limit = end.memoryLimit ?? subject.memory;
  const first = end.signal === SIGKILL;
  const who = first
    ? 'It was killed'
    : `${counted(end.oomKills, 'process', 'processes')} in it ${end.oomKills === 1 ? 'was' : 'were'} killed`;
  const why = limit > 0 ? `it needed more memory than its limit of ${bytesSize(limit)}` : 'the host ran out of memory';
  const peak = end.memoryPeak === undefined ? [] : [`At most it used ${bytesSize(end.memoryPeak)}.`];
  const rest = first ? [] : [`Its first process then ended by itself, with exit code ${end.exitCode}.`];
  const more = bytesSize(limit * 2)
    .toLowerCase()
    .replace(/ib$/, '');
  return {
    cause: 'out-of-memory',
    summary: `${who} by the kernel, because ${why}.`,
    facts: [`The kernel's OOM killer counted ${counted(end.oomKills, 'kill')} in it.`, ...peak, ...rest],
    advice:
      limit > 0
        ? [
            `Give it more: wharf update --memory ${more} --memory-swap ${more} ${subject.name}`,
            'Or make the program need less: many take a size for their heap or cache that does not look at the limit.',
          ]
        : [
            'Give the host more memory, or give this and other containers a limit (--memory), so that the greedy one is hit.',
          ],
  };
}

function bySignal(end: EndRecord, subject: Subject): Verdict {
  const name = signalName(end.signal);
  const fault = faultOf(end.signal);
  if (fault !== undefined) {
    return {
      cause: 'crashed',
      summary: `Its program crashed with ${name}: ${fault}.`,
      facts: [
        `The kernel sends this signal for what a process does itself. Exit code ${end.exitCode} is 128 + ${end.signal}.`,
      ],
      advice:
        name === 'SIGSYS'
          ? ['Find the call, for instance with strace, and allow it: --security-opt seccomp=profile.json']
          : [
              'Look into its last output; to get a core file, run it with --ulimit core=-1 and see core_pattern of the host.',
            ],
    };
  }
  const outside = subject.ownPids
    ? 'Nothing inside the container can end its first process so: it came from the host.'
    : 'It shares the process IDs of others: the signal may have come from any of them.';
  return {
    cause: 'killed-from-outside',
    summary: `It was ended by ${name}, which neither Wharf nor the kernel's OOM killer sent.`,
    facts: [outside, `Exit code ${end.exitCode} is 128 + ${end.signal}.`],
    advice: [
      'Look on the host for who sends signals: scripts that call kill or pkill, process supervisors, tools that free memory (systemd-oomd, earlyoom).',
    ],
  };
}

function byItself(end: EndRecord, subject: Subject): Verdict {
  const ran = Date.parse(end.at) - Date.parse(end.startedAt);
  if (end.exitCode === 0) return completed(ran, subject);
  const meaning = exitCodeMeaning(end.exitCode);
  const atOnce =
    'It ended at once: check its arguments, its variables, and whether the files that it needs are there and readable.';
  return {
    cause: 'failed',
    summary: `Its program ended by itself with exit code ${end.exitCode}: ${meaning ?? 'an error of its own'}.`,
    facts: [],
    advice: [`Most often its output says why: wharf logs ${subject.name}`, ...(ran < AT_ONCE ? [atOnce] : [])],
  };
}

function completed(ran: number, { command, noInput }: Subject): Verdict {
  const shell = command.length === 1 && SHELLS.test(command[0] ?? '') && noInput;
  const advice = shell
    ? ['A shell without input ends at once: run it with -it, or give it a command.']
    : ran < AT_ONCE
      ? [
          'If it should go on running: keep its program in the foreground; one that goes into the background ends its container.',
        ]
      : [];
  return {
    cause: 'completed',
    summary: 'Its program was done, and ended without an error (exit code 0).',
    facts: [],
    advice,
  };
}

function limitFacts(end: EndRecord, subject: Subject): string[] {
  const { pidsRefused = 0 } = end;
  if (pidsRefused === 0) return [];
  return [
    `The kernel refused it ${counted(pidsRefused, 'new process', 'new processes')}: its limit is ${subject.pidsLimit} (--pids-limit).`,
  ];
}

function awayFact({ engineAway }: EndRecord): string[] {
  return engineAway ? ['It ended while the engine did not run.'] : [];
}
