import { constants } from 'node:os';

const NAMES: ReadonlyMap<number, string> = new Map(
  // SIGIOT is SIGABRT by an older name, SIGPOLL is SIGIO.
  Object.entries(constants.signals)
    .filter(([name]) => name !== 'SIGIOT' && name !== 'SIGPOLL')
    .map(([name, number]) => [number, name]),
);
const REALTIME_MIN = 34;

/** Signals that the kernel sends to a process for what the process itself did. */
const FAULTS: ReadonlyMap<number, string> = new Map([
  [
    constants.signals.SIGSEGV,
    'it used memory that is not its own; abort() as the first process of a container ends so too',
  ],
  [constants.signals.SIGBUS, 'it used memory behind the end of a file, or a disk is full'],
  [constants.signals.SIGILL, 'it has an instruction that this processor does not know'],
  [constants.signals.SIGFPE, 'it divided by zero'],
  [constants.signals.SIGABRT, 'it gave up by abort(), as a failed assertion does'],
  [constants.signals.SIGTRAP, 'it ran into a breakpoint'],
  [constants.signals.SIGSYS, 'it made a system call that its seccomp profile forbids'],
]);

/** `SIGTERM`, `SIGRTMIN+3`, `signal 77`. */
export function signalName(number: number): string {
  const name = NAMES.get(number);
  if (name !== undefined) return name;
  return number >= REALTIME_MIN && number <= 64 ? `SIGRTMIN+${number - REALTIME_MIN}` : `signal ${number}`;
}

/** What a process did that the kernel sends it this signal for; undefined for signals that others send. */
export function faultOf(signal: number): string | undefined {
  return FAULTS.get(signal);
}

/** `1 process`, `3 processes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A time span in milliseconds: `less than a second`, `12 seconds`, `5 minutes`, `3 hours`, `2 days`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  for (const [unit, size] of UNITS) if (seconds >= 2 * size) return counted(Math.floor(seconds / size), unit);
  return seconds < 1 ? 'less than a second' : counted(Math.floor(seconds), 'second');
}

/** A time that somebody has set, in milliseconds: as `span`, but exact below a second: `300 milliseconds`. */
export function setting(milliseconds: number): string {
  return milliseconds < 1000 ? counted(milliseconds, 'millisecond') : span(milliseconds);
}

/** What is known by convention of an exit code that no signal made, as the rest of a sentence; undefined for the program's own. */
export function exitCodeMeaning(code: number): string | undefined {
  if (code === 125) return 'a program that runs others could not do so';
  if (code === 126) return 'a shell found a command that cannot be executed';
  if (code === 127) return 'a shell did not find a command';
  if (code === 255) return "often a program's exit(-1), or a lost connection of ssh";
  if (code > 128 && code <= 128 + 64) {
    return `a process below it was ended by ${signalName(code - 128)}, as shells and inits tell it`;
  }
  return undefined;
}
