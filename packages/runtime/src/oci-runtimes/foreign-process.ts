import { join } from 'node:path';
import { kill } from 'node:process';
import type { Cell } from '@wharf/linux';
import { ContainerProcess } from '../supervise/container-process.ts';
import type { ExitRecord } from '../supervise/exit-record.ts';
import { ForeignContainer, readPidFile } from './foreign-container.ts';

const SIGKILL = 9;

/**
 * The record with the container's OOM kills in place of the machine's: those since the start, of a container that was
 * killed, and not by the engine.
 */
async function ownRecord(record: ExitRecord, container: ForeignContainer, killed: boolean): Promise<ExitRecord> {
  await container.forget();
  const since = Math.max(0, record.oomKills - container.oomBefore);
  return { ...record, oomKills: record.code === 128 + SIGKILL && !killed ? since : 0 };
}

/**
 * Ends a runtime that runs, or hangs, as the child of a cell, and the cell, so that nothing of its complaints is copied.
 * What it started in a control group is the caller's to end.
 */
export function endRuntime(cell: Cell): void {
  // Zero would be everybody in our own group. The child leads a session.
  for (const pid of [-cell.childPid, cell.pid].filter((one) => one !== 0)) {
    try {
      kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** A signal that the runtime does not pass on in time, or at all, still has to end the container when it is the last one. */
async function passSignal(container: ForeignContainer, pid: number, number: number): Promise<void> {
  const { ok } = await container.kill(number);
  if (ok || number !== SIGKILL) return;
  try {
    kill(pid, number);
  } catch {
    // It has ended meanwhile.
  }
}

/** The monitor of a runtime seen as the container that the runtime runs; `pid` is the container's first process. */
export function behindRuntime(process: ContainerProcess, container: ForeignContainer, pid: number): ContainerProcess {
  let killed = false;
  const signal = (number: number) => {
    killed ||= number === SIGKILL;
    void passSignal(container, pid, number);
  };
  return process.behind(pid, signal, (record) => ownRecord(record, container, killed));
}

/** The monitor of a runtime's exec seen as the process that it runs, which the runtime ends with. */
export function behindExec(process: ContainerProcess, pid: number): ContainerProcess {
  const signal = (number: number) => {
    try {
      kill(pid, number);
    } catch {
      // It has ended.
    }
  };
  return process.behind(pid, signal, async (record) => record);
}

/**
 * Finds a container, or a further process of one, with whichever runtime, again after the engine was away. Undefined when neither monitor nor record
 * are there.
 */
export async function findAgain(directory: string): Promise<ContainerProcess | ExitRecord | undefined> {
  const found = await ContainerProcess.reconnect(directory);
  const container = found && ForeignContainer.find(directory);
  const pid = readPidFile(join(directory, 'pid'));
  if (!found || (!container && pid === undefined)) return found;
  if (!(found instanceof ContainerProcess)) return container ? ownRecord(found, container, false) : found;
  const first = pid ?? found.pid;
  return container ? behindRuntime(found, container, first) : behindExec(found, first);
}
