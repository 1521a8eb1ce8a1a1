import { join } from 'node:path';
import { messageOf } from '@wharf/kit';
import type { Cell } from '@wharf/linux';
import {
  awaitStart,
  behindExec,
  ContainerProcess,
  type ExecPlan,
  endRuntime,
  type ForeignContainer,
  foreignError,
  OutputHold,
  planForeignExec,
} from '@wharf/runtime';

/**
 * Lets the runtime of a container run a further process of it, with a cell that listens already as the monitor. Throws
 * COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, START_FAILED; the runtime and the cell have ended then.
 */
export async function execForeign(
  container: ForeignContainer,
  cell: Cell,
  directory: string,
  plan: ExecPlan,
  settings: { readonly patience: number; readonly hidden: readonly string[] },
): Promise<ContainerProcess> {
  const program = planForeignExec(plan, container.execCommand(plan.process, directory), settings.hidden);
  // What the runtime says of a failure would be taken for the command's output.
  const hold = await OutputHold.start(directory);
  try {
    await cell.perform(program).catch((cause: unknown) => {
      throw foreignError('exec', `fork/exec ${container.runtime.path}: ${messageOf(cause)}`);
    });
    const process = ContainerProcess.adopt(cell, directory);
    const first = await awaitStart('exec', process, {
      pidFile: join(directory, 'pid'),
      logFile: join(directory, 'runtime.log'),
      patience: settings.patience,
      name: container.runtime.name,
    });
    return behindExec(process, first ?? process.pid);
  } catch (error) {
    endRuntime(cell);
    throw error;
  } finally {
    hold.release();
  }
}
