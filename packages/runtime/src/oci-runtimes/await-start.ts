import { kill } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { WharfError } from '@wharf/kit';
import { fail } from '../errors.ts';
import type { ContainerProcess } from '../supervise/container-process.ts';
import { readPidFile } from './foreign-container.ts';
import { lastError } from './runtime-log.ts';

const PREFIX = {
  start: 'failed to create task for container: failed to create shim task: OCI runtime create failed: ',
  exec: 'OCI runtime exec failed: ',
} as const;

/** What a runtime's own words become: Docker's around them. */
export function foreignError(what: keyof typeof PREFIX, message: string): WharfError {
  // The command is one of ours: who reads the message asked for a create.
  const words = message.replace(/^(\S+) run failed: /, '$1 create failed: ').trim();
  const missing = /executable file .*not found|no such file or directory/i.test(words);
  const denied = /permission denied|is a directory|exec format error/i.test(words);
  const code = missing ? 'COMMAND_NOT_FOUND' : denied ? 'COMMAND_NOT_EXECUTABLE' : 'START_FAILED';
  return fail(code, `${PREFIX[what]}${words}: unknown`);
}

function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
}

/** Where a runtime tells how its start goes. */
export interface StartSigns {
  readonly pidFile: string;
  readonly logFile: string;
  /** The longest that it may take, in milliseconds. */
  readonly patience: number;
  /** The runtime's name, for messages. */
  readonly name: string;
}

/**
 * Waits until a runtime in the foreground has started its process: the process id, or undefined when that has ended
 * already. Throws COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, START_FAILED; then the caller clears away what there is.
 */
export async function awaitStart(
  what: keyof typeof PREFIX,
  process: ContainerProcess,
  signs: StartSigns,
): Promise<number | undefined> {
  const deadline = performance.now() + signs.patience;
  for (let wait = 2; ; wait = Math.min(wait * 1.5, 25)) {
    // Not the monitor's word of the end: that comes after the output, which is held back meanwhile.
    const over = !isAlive(process.pid);
    const pid = readPidFile(signs.pidFile);
    if (pid !== undefined && !over) return pid;
    if (over) {
      const error = lastError(signs.logFile);
      if (error !== undefined) throw foreignError(what, error);
      if (pid !== undefined) return undefined;
      throw foreignError(what, `${signs.name} ended without having started anything`);
    }
    if (performance.now() > deadline) {
      const seconds = Math.ceil(signs.patience / 1000);
      throw foreignError(what, `${signs.name} did not answer within ${seconds} seconds and was ended`);
    }
    await delay(wait);
  }
}
