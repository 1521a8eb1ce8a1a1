import { messageOf } from '@wharf/kit';
import { changeSystemUser, type SystemUserChange } from '@wharf/linux';
import { fail } from '../errors.ts';
import { rangesOf } from './id-ranges.ts';
import type { Subordinates } from './subordinates.ts';

const COUNT = 65_536;
const FIRST = 100_000;

/** Where the next range starts: behind all that are there. */
function freeStart(text: string): number {
  const owners = text.split('\n').map((line) => line.split(':', 1)[0] ?? '');
  const ends = rangesOf(text, owners).map(({ start, count }) => start + count);
  return Math.max(FIRST, ...ends);
}

/** What a user lacks to be remapped to. */
export function lacks(name: string, host: Subordinates): SystemUserChange {
  return {
    add: host.user(name) === undefined,
    count: COUNT,
    ...(host.uids([name]).length === 0 ? { subordinateUids: freeStart(host.text('subuid')) } : {}),
    ...(host.gids([name]).length === 0 ? { subordinateGids: freeStart(host.text('subgid')) } : {}),
  };
}

/** Makes the user, and gives it ranges of 65536 subordinate IDs where it has none. Throws BAD_USERNS. */
export function makeRemapUser(host: Subordinates): (name: string) => void {
  return (name) => {
    try {
      changeSystemUser(name, lacks(name, host));
    } catch (cause) {
      const message = `Couldn't create subordinate ID ranges for user "${name}": ${messageOf(cause)}`;
      throw fail('BAD_USERNS', message, { cause });
    }
  };
}
