import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Ticks a second of /proc/<pid>/stat: the same on every Linux. */
const HERTZ = 100;
const LONGEST_NAME = 8;

export interface ProcessTable {
  readonly Titles: string[];
  readonly Processes: string[][];
}

/** One process, as /proc tells it. Times in seconds, `started` in milliseconds since 1970. */
export interface ProcessFacts {
  readonly user: string;
  readonly pid: number;
  readonly parent: number;
  readonly started: number;
  readonly terminal: number;
  readonly used: number;
  readonly command: string;
}

/** The processes as `ps -ef` shows them, read from /proc directly. `now` in milliseconds since 1970. */
export async function fullFormat(pids: readonly number[], now: number): Promise<ProcessTable> {
  const names = userNames();
  const up = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
  const boot = now - up * 1000;
  const facts = await Promise.all(pids.toSorted((a, b) => a - b).map((pid) => readProcess(pid, boot, names)));
  return {
    Titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
    Processes: facts.flatMap((each) => (each === undefined ? [] : [fullRow(each, now)])),
  };
}

/** One line of `ps -ef`. Pure. */
export function fullRow(process: ProcessFacts, now: number): string[] {
  const age = Math.max(0, (now - process.started) / 1000);
  const share = age < 1 ? 0 : Math.min(99, Math.floor((process.used * 100) / age));
  return [
    process.user,
    String(process.pid),
    String(process.parent),
    String(share),
    startText(process.started, now),
    terminalName(process.terminal),
    timeText(process.used),
    // Processes call themselves what they want; ps shows no control characters either.
    process.command.replaceAll(/\p{Cc}/gu, '?'),
  ];
}

/** The hour of today's starts, the day of earlier ones, the year of those before this year. */
function startText(started: number, now: number): string {
  const [then, today] = [new Date(started), new Date(now)];
  const two = (n: number) => String(n).padStart(2, '0');
  if (now - started < 86_400_000 && then.getDate() === today.getDate()) {
    return `${two(then.getHours())}:${two(then.getMinutes())}`;
  }
  if (then.getFullYear() !== today.getFullYear()) return String(then.getFullYear());
  return `${then.toLocaleString('en-US', { month: 'short' })}${two(then.getDate())}`;
}

function timeText(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return [hours, minutes, rest].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Major and minor number of a terminal as the kernel packs them in tty_nr. */
function terminalName(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return '?';
}

async function readProcess(
  pid: number,
  boot: number,
  names: ReadonlyMap<string, string>,
): Promise<ProcessFacts | undefined> {
  try {
    const [stat, status, line] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (at: number) => Number(fields[at - 3] ?? 0);
    const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? '0';
    const words = line.replace(/\0+$/, '').replaceAll('\0', ' ');
    return {
      user: names.get(uid) ?? uid,
      pid,
      parent: field(4),
      started: boot + (field(22) / HERTZ) * 1000,
      terminal: field(7),
      used: (field(14) + field(15)) / HERTZ,
      command: words || `[${name}]${fields[0] === 'Z' ? ' <defunct>' : ''}`,
    };
  } catch {
    return undefined; // it has just ended
  }
}

/** The host's users by number; a name that ps has no room for is cut as ps does. */
function userNames(): Map<string, string> {
  const entries = readText('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((parts) => parts.length >= 3);
  return new Map(
    entries.toReversed().map(([name = '', , uid = '']) => {
      return [uid, name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}+` : name];
    }),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a machine without users has only numbers
  }
}
