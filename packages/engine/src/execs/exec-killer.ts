import { errnoOf } from '@wharf/kit';
import type { ContainerStore } from '../containers/store.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { ExecRecord } from './exec-record.ts';
import { processTree } from './process-tree.ts';

const SIGKILL = 9;
/** So many groups of earlier commands are looked at again when one ends. */
const TRIED_AGAIN = 4;

export interface ExecKillerOptions {
  readonly store: ContainerStore;
  readonly cgroups: MachineCgroups;
}

/** The control group of a command, inside its container's. */
export function groupOf(id: string): string {
  return `exec-${id.slice(0, 32)}`;
}

/** Reaches all processes of a further command: by its control group, which nobody leaves by forking. */
export class ExecKiller {
  readonly #options: ExecKillerOptions;
  /** By container: groups of commands that ended and left something behind. */
  readonly #left = new Map<string, string[]>();

  constructor(options: ExecKillerOptions) {
    this.#options = options;
  }

  /** Sends a signal to the command and all its descendants. Returns to how many; SIGKILL leaves nobody. */
  async signal(exec: ExecRecord, number: number): Promise<number> {
    const { store, cgroups } = this.#options;
    const sandbox = store.find(exec.container)?.sandbox;
    const group = exec.request.group ?? groupOf(exec.id);
    const inGroup = sandbox ? cgroups.innerProcesses(sandbox, group) : [];
    // A command of another runtime has no group.
    const pids = inGroup.length > 0 || !exec.process ? inGroup : processTree(exec.process.pid);
    for (const pid of pids) send(pid, number);
    if (number === SIGKILL && sandbox && inGroup.length > 0) await cgroups.killInner(sandbox, group);
    return pids.length;
  }

  /**
   * The command has ended: its group goes, unless something that it left behind is in it. Then it is tried again with the
   * next ones that end in the same container; the last go with the container.
   */
  async removeGroup({ id, container, request }: ExecRecord): Promise<void> {
    const { store, cgroups } = this.#options;
    const sandbox = store.find(container)?.sandbox;
    if (!sandbox || request.group !== undefined) return;
    const left = this.#left.get(container) ?? [];
    this.#left.set(container, left);
    for (const group of [...left.splice(0, TRIED_AGAIN), groupOf(id)]) {
      if (!(await cgroups.removeInner(sandbox, group))) left.push(group);
    }
    if (left.length === 0 && this.#left.get(container) === left) this.#left.delete(container);
  }

  /** The container has stopped, and all groups in its own go with that. */
  forget(container: string): void {
    this.#left.delete(container);
  }
}

function send(pid: number, number: number): void {
  try {
    process.kill(pid, number);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
