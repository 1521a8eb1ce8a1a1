import { spawnSync } from 'node:child_process';
import { fail } from '../errors.ts';

const S_IFMT = 0o170000;
const LETTERS: Readonly<Record<number, string>> = { 0o020000: 'c', 0o060000: 'b', 0o010000: 'p' };

/** Makes a device node or a fifo with mknod(1); `mode` has the type bits. Throws COMMAND_FAILED. */
export function makeNode(path: string | Buffer, mode: number, major: number, minor: number): void {
  // The path goes through a descriptor of this process, which another one has to name by its number.
  const text = path.toString().replace('/proc/self/', `/proc/${process.pid}/`);
  const letter = LETTERS[mode & S_IFMT] ?? 'p';
  const numbers = letter === 'p' ? [] : [String(major), String(minor)];
  const result = spawnSync('mknod', ['-m', (mode & 0o777).toString(8), text, letter, ...numbers], { encoding: 'utf8' });
  if (result.status === 0) return;
  throw fail('COMMAND_FAILED', (result.stderr || result.error?.message || 'mknod failed').trim());
}
