import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';

const MAX_LOG = 256 * 1024;

/** The beginning of a file that another program writes; empty while there is none. */
function readBounded(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const buffer = Buffer.alloc(MAX_LOG);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, MAX_LOG, 0));
  } finally {
    closeSync(fd);
  }
}

/** The last error in a log that a runtime was told to write (`--log FILE --log-format json`); undefined without one. */
export function lastError(path: string): string | undefined {
  let last: string | undefined;
  for (const line of readBounded(path).split('\n')) {
    try {
      const entry = JSON.parse(line) as { level?: unknown; msg?: unknown };
      if ((entry.level === 'error' || entry.level === 'fatal') && typeof entry.msg === 'string') last = entry.msg;
    } catch {
      // Some runtimes write plain lines before they know how to log.
    }
  }
  return last;
}
