import { fail } from '../errors.ts';

const MIN_SHARES = 2;
const MAX_SHARES = 262144;
const MAX_WEIGHT = 10000;

/**
 * v1 CPU shares (2 … 262144, default 1024) as v2 weight (1 … 10000, default 100): the curve through the three pairs
 * (least, default, most) that runc uses since 1.3. 0 is "not set".
 */
export function cpuWeight(shares: number): number {
  if (shares === 0) return 0;
  if (shares <= MIN_SHARES) return 1;
  if (shares >= MAX_SHARES) return MAX_WEIGHT;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
}

/** v1 block I/O weight (10 … 1000) as v2 io.weight (1 … 10000), linearly. 0 is "not set". */
export function ioWeight(weight: number): number {
  return weight === 0 ? 0 : 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/**
 * The value for v2 memory.swap.max: OCI's swap is memory and swap together, as in v1. Undefined: not set. -1 is no
 * limit. Throws INVALID_RESOURCES.
 */
export function swapMax(swap: number, memory: number): number | undefined {
  if (memory === -1 && swap === 0) return -1;
  if (swap === 0) return undefined;
  if (swap === -1 || memory === -1) return swap;
  if (memory === 0) throw fail('INVALID_RESOURCES', 'unable to set swap limit without memory limit');
  if (swap < memory) throw fail('INVALID_RESOURCES', 'memory+swap limit should be >= memory limit');
  return swap - memory;
}

/** A v2 limit: -1 is "max". */
export function limitText(value: number): string {
  return value < 0 ? 'max' : String(value);
}
