import type { SentSignal } from './end-record.ts';

/** What a process does with a signal, by its /proc/PID/status (proc(5), SigCgt and SigIgn); undefined when it does not say. */
export function signalHandling(status: string, signal: number): SentSignal['handling'] {
  const bit = 1n << BigInt(signal - 1);
  const has = (name: string): boolean | undefined => {
    const mask = new RegExp(`^${name}:\\s*([0-9a-f]{1,32})$`, 'm').exec(status)?.[1];
    return mask === undefined ? undefined : (BigInt(`0x${mask}`) & bit) !== 0n;
  };
  const [caught, ignored] = [has('SigCgt'), has('SigIgn')];
  if (caught === undefined || ignored === undefined) return undefined;
  return caught ? 'caught' : ignored ? 'ignored' : 'default';
}
