import type { OciIdMapping } from '@wharf/spec';

/** Consecutive IDs of the host. */
export interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** The kernel takes no more lines in a uid_map (user_namespaces(7)). */
const MAX_EXTENTS = 340;
/** The highest ID is reserved: -1 means "no change". */
const LAST = 2 ** 32 - 2;

/** The ranges of one owner in a subuid(5) or subgid(5) text, under any of its names (a login name, a number). */
export function rangesOf(text: string, owners: readonly string[]): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [owner = '', start = '', count = '', ...more] = line.trim().split(':');
    if (!owners.includes(owner) || more.length > 0 || !/^\d+$/.test(start) || !/^\d+$/.test(count)) return [];
    const range = { start: Number(start), count: Number(count) };
    return range.count > 0 && range.start + range.count - 1 <= LAST ? [range] : [];
  });
}

/** A map that shows the ranges, one after the other, as 0 and up. */
export function mapInOrder(ranges: readonly IdRange[]): OciIdMapping[] {
  let containerID = 0;
  return ranges.slice(0, MAX_EXTENTS).map(({ start, count }) => {
    const mapping = { containerID, hostID: start, size: count };
    containerID += count;
    return mapping;
  });
}

/**
 * A map with these fixed parts; all other IDs of the container are taken from the ranges, in order. No part may touch
 * another, inside or on the host, nor a range on the host.
 */
export function mapAround(ranges: readonly IdRange[], fixed: readonly OciIdMapping[]): OciIdMapping[] {
  const parts = fixed.toSorted((one, other) => one.containerID - other.containerID);
  const maps: OciIdMapping[] = [];
  let next = 0;
  for (const range of ranges) {
    for (let { start, count } = range; count > 0; ) {
      while (parts[0] && parts[0].containerID <= next) {
        next = parts[0].containerID + parts[0].size;
        parts.shift();
      }
      const size = Math.min(count, (parts[0]?.containerID ?? Number.POSITIVE_INFINITY) - next);
      maps.push({ containerID: next, hostID: start, size });
      [next, start, count] = [next + size, start + size, count - size];
    }
  }
  return [...maps.slice(0, MAX_EXTENTS - fixed.length), ...fixed];
}

/** The host's ID of a container's; undefined when it has none. */
export function hostIdOf(maps: readonly OciIdMapping[], id: number): number | undefined {
  const found = maps.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return found && found.hostID + id - found.containerID;
}

/** The first gap of that size in the pool that nothing in `used` touches; undefined when there is none. */
export function allotRange(pool: readonly IdRange[], used: readonly IdRange[], size: number): IdRange | undefined {
  const taken = used.toSorted((one, other) => one.start - other.start);
  for (const { start, count } of pool) {
    let at = start;
    for (const range of taken) {
      if (range.start >= at + size || range.start + range.count <= at) continue;
      at = range.start + range.count;
    }
    if (at + size <= start + count) return { start: at, count: size };
  }
  return undefined;
}
