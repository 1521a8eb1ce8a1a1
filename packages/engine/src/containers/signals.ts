import { constants } from 'node:os';
import { fail } from '../errors.ts';

const REALTIME_MIN = 34;
const REALTIME_MAX = 64;

/** A signal as clients write it: `KILL`, `SIGKILL`, `9`, `RTMIN+3`. Throws BAD_CONFIG in Docker's words. */
export function parseSignal(text: string): number {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const number = /^\d+$/.test(name) ? Number(name) : byName(name);
  if (number === undefined || number < 1 || number > REALTIME_MAX) throw fail('BAD_CONFIG', `invalid signal: ${text}`);
  return number;
}

function byName(name: string): number | undefined {
  const realtime = /^RT(MIN|MAX)([+-]\d+)?$/.exec(name);
  if (realtime) return (realtime[1] === 'MIN' ? REALTIME_MIN : REALTIME_MAX) + Number(realtime[2] ?? 0);
  return (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`];
}
