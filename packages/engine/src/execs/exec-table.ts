import { fail } from '../errors.ts';
import type { ExecRecord } from './exec-record.ts';

/** How long the exit code of one that ended can be asked for, in milliseconds. */
const KEPT = 5 * 60_000;
/** How many are remembered; beyond that, those that do not run are forgotten, the oldest first. */
const MOST = 4096;

/** The further commands of all containers, in memory. */
export class ExecTable {
  readonly #byId = new Map<string, ExecRecord>();

  /** Throws NO_SUCH_EXEC. */
  get(id: string): ExecRecord {
    const found = this.#byId.get(id);
    if (!found) throw fail('NO_SUCH_EXEC', `No such exec instance: ${id}`);
    return found;
  }

  /** Adds one and forgets what nobody will ask for any more. `now` in milliseconds. */
  add(exec: ExecRecord, now: number): void {
    this.#byId.set(exec.id, exec);
    for (const { id, state, endedAt } of this.#byId.values()) {
      if (id === exec.id || state === 'starting' || state === 'running') continue;
      const old = state === 'ended' && endedAt + KEPT < now;
      if (old || this.#byId.size > MOST) this.#byId.delete(id);
    }
  }

  /** By full ID or an unambiguous beginning of it. Throws NO_SUCH_EXEC. */
  match(key: string): ExecRecord {
    const exact = this.#byId.get(key);
    const begun = exact || !/^[0-9a-f]+$/.test(key) ? [] : this.all().filter(({ id }) => id.startsWith(key));
    return exact ?? (begun.length === 1 && begun[0] ? begun[0] : this.get(key));
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  all(): ExecRecord[] {
    return [...this.#byId.values()];
  }

  /** IDs of a container's commands that run or wait to be started; null for none, as the API shows it. */
  idsOf(container: string): string[] | null {
    const own = this.all().filter((exec) => exec.container === container && exec.state !== 'ended');
    return own.length > 0 ? own.map(({ id }) => id) : null;
  }

  /** The container has stopped: nothing that waited to be started in it ever will be. */
  dropWaiting(container: string): void {
    for (const { id, state, container: owner, over } of this.#byId.values()) {
      if (owner === container && state === 'created') {
        over.resolve();
        this.#byId.delete(id);
      }
    }
  }
}
