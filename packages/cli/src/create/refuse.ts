import { errnoOf, messageOf, type WharfError } from '@wharf/kit';
import { fail } from '../errors.ts';

/** A combination of flags that makes no container. */
export function refuse(message: string): WharfError {
  return fail('COMMAND_USAGE', message);
}

const ERRNO_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
};

/** "open x: no such file or directory" for a file that cannot be read. */
export function openProblem(path: string, cause: unknown): string {
  return `open ${path}: ${ERRNO_TEXTS[errnoOf(cause) ?? ''] ?? messageOf(cause)}`;
}
