import { errnoOf } from '@wharf/kit';
import type { ContainerStore } from '../containers/store.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { ExecRecord } from './exec-record.ts';
import { processTree } from './process-tree.ts';

const SIGKILL = 9;

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

  /** The command has ended: its group goes, unless something that it left behind is in it. */
  removeGroup({ id, container, request }: ExecRecord): Promise<void> {
    const sandbox = this.#options.store.find(container)?.sandbox;
    if (!sandbox || request.group !== undefined) return Promise.resolve();
    return this.#options.cgroups.removeInner(sandbox, groupOf(id));
  }
}

function send(pid: number, number: number): void {
  try {
    process.kill(pid, number);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
