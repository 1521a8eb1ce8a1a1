import { execFileSync } from 'node:child_process';
import { messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import { type IdRange, rangesOf } from './id-ranges.ts';
import type { Subordinates } from './subordinates.ts';

const COUNT = 65_536;
const FIRST = 100_000;

/** Where the next range starts: behind all that are there. */
function freeStart(text: string): number {
  const owners = text.split('\n').map((line) => line.split(':', 1)[0] ?? '');
  const ends = rangesOf(text, owners).map(({ start, count }: IdRange) => start + count);
  return Math.max(FIRST, ...ends);
}

/** Makes the user, and gives it ranges of 65536 subordinate IDs where it has none, with the host's own programs. Throws BAD_USERNS. */
export function makeRemapUser(host: Subordinates): (name: string) => void {
  const run = (program: string, args: readonly string[]) => execFileSync(program, args, { stdio: 'pipe' });
  const span = (start: number) => `${start}-${start + COUNT - 1}`;
  return (name) => {
    try {
      if (!host.user(name)) run('useradd', ['--system', '--no-create-home', '--shell', '/bin/false', name]);
      if (host.uids([name]).length === 0) run('usermod', ['-v', span(freeStart(host.text('subuid'))), name]);
      if (host.gids([name]).length === 0) run('usermod', ['-w', span(freeStart(host.text('subgid'))), name]);
    } catch (cause) {
      throw fail('BAD_USERNS', `Couldn't create subordinate ID ranges for user "${name}": ${messageOf(cause)}`, {
        cause,
      });
    }
  };
}
