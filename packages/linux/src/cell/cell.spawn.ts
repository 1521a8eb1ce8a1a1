import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { fail } from '../errors.ts';

/** A running cell as the operating system sees it: its process id, its control socket, its end. */
export interface SpawnedCell {
  readonly pid: number;
  /** Descriptor 3 of the cell: programs and requests in, JSON lines out. */
  readonly control: Socket;
  /** Resolves when the process is gone and reaped. */
  readonly gone: Promise<void>;
}

/** Standard input, output and error output of a cell: descriptors of ours, or nothing. */
export type CellStreams = readonly ['ignore' | number, 'ignore' | number, 'ignore' | number];

const NO_STREAMS: CellStreams = ['ignore', 'ignore', process.env['WHARF_CELL_STDERR'] ? 2 : 'ignore'];

/**
 * Starts a cell from `path` (normally the sealed copy, `/proc/<pid>/fd/<n>`). It is detached: its own session, no
 * inherited descriptors, an empty environment, so that it outlives the engine. Throws CELL_LOST when it cannot start.
 */
export function spawnCell(path: string, streams: CellStreams = NO_STREAMS): SpawnedCell {
  const child = spawn(path, [], {
    argv0: 'wharf-cell',
    stdio: [...streams, 'pipe'],
    detached: true,
    env: process.env['WHARF_CELL_STDERR'] ? { ASAN_OPTIONS: 'detect_leaks=0' } : {},
    cwd: '/',
  });
  const control = child.stdio[3];
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  if (child.pid === undefined || !(control instanceof Socket)) throw fail('CELL_LOST', `cannot start the cell ${path}`);
  child.unref();
  return { pid: child.pid, control, gone };
}
