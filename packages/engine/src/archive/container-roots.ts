import { closeSync, openSync, readFileSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { Cell, type CellRunner } from '@wharf/linux';
import { type IdMaps, type KernelFeatures, lowerView } from '@wharf/runtime';
import type { OciMount } from '@wharf/spec';
import type { ImagePort } from '../containers/ports.ts';
import type { ContainerRecord } from '../containers/record.ts';
import type { RuntimeTable } from '../containers/runtime-table.ts';
import { fail } from '../errors.ts';
import { rootOf } from '../userns/userns-service.ts';

export interface ContainerRootsOptions {
  readonly images: ImagePort;
  readonly runner: CellRunner;
  readonly table: Pick<RuntimeTable, 'process'>;
  readonly features: KernelFeatures;
  /** Empty directory to mount on, in a mount namespace of its own. */
  readonly staging: string;
  /** Whether it has not been removed. */
  isThere(record: ContainerRecord): boolean;
  /** The IDs that it has when it runs; undefined for the host's. */
  idsOf(record: ContainerRecord): IdMaps | undefined;
  /**
   * What a container that does not run would have mounted in its root, in the order of mounting, for the time of `work`:
   * what is mounted by then outlives it.
   */
  withMounts<T>(
    record: ContainerRecord,
    ids: IdMaps | undefined,
    work: (mounts: readonly OciMount[]) => Promise<T>,
  ): Promise<T>;
  /** One thing at a time with a container that does not run. */
  exclusive<T>(record: ContainerRecord, work: () => Promise<T>): Promise<T>;
}

/** A container's mounts, held by the descriptor of their namespace: nothing of them is left when it is closed. */
export interface HeldRoot {
  readonly namespace: number;
  /** Of the user namespace that the files are seen through; absent when they have the container's IDs. */
  readonly ids?: IdMaps;
  close(): void;
}

/** The mounts of a container that does not run are made once for all who look at the same time. */
interface Shared {
  readonly namespace: number;
  readonly ids?: IdMaps;
  users: number;
}

/**
 * Finds the file trees of containers: of one that runs, its own mounts; of another, its layers and what is bound into
 * them, mounted in a namespace that lives no longer than its descriptor. The host never sees any of it.
 */
export class ContainerRoots {
  readonly #options: ContainerRootsOptions;
  readonly #shared = new Map<string, Shared>();

  constructor(options: ContainerRootsOptions) {
    this.#options = options;
  }

  /**
   * `adopt` is called in the moment in which it is decided what is held, so that a start or removal can wait for it.
   * Throws NO_SUCH_CONTAINER.
   */
  async hold<T>(record: ContainerRecord, adopt: (root: HeldRoot) => T): Promise<T> {
    const running = this.#running(record);
    if (running) return adopt(running);
    return await this.#options.exclusive(record, async () => {
      // It may have been removed, or started, while others had their turn.
      if (!this.#options.isThere(record)) throw removed(record.id);
      const root =
        this.#running(record) ??
        (await this.#stopped(record).catch((error: unknown) => {
          // A --rm container goes when it ends, whoever has his turn.
          throw this.#options.isThere(record) ? error : removed(record.id);
        }));
      return adopt(root);
    });
  }

  #running(record: ContainerRecord): HeldRoot | undefined {
    const pid = this.#options.table.process(record.id)?.pid;
    if (pid === undefined) return undefined;
    let namespace: number;
    try {
      namespace = openSync(`/proc/${pid}/ns/mnt`, 'r');
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
    // The process ID may be another's by now: it must be in the container's control group after it was opened.
    const ids = record.idMaps ? { ids: record.idMaps } : {};
    if (isMember(pid, record.sandbox)) return { namespace, ...ids, close: () => closeSync(namespace) };
    closeSync(namespace);
    return undefined;
  }

  async #stopped(record: ContainerRecord): Promise<HeldRoot> {
    const shared = this.#shared.get(record.id) ?? { ...(await this.#mount(record)), users: 0 };
    this.#shared.set(record.id, shared);
    shared.users += 1;
    const { namespace, ids } = shared;
    return {
      namespace,
      ...(ids && { ids }),
      close: () => {
        shared.users -= 1;
        if (shared.users > 0) return;
        this.#shared.delete(record.id);
        closeSync(namespace);
      },
    };
  }

  /** The cell only makes the mounts; the descriptor keeps them when it is gone. */
  async #mount(record: ContainerRecord): Promise<Pick<Shared, 'namespace' | 'ids'>> {
    const { images, runner, features, staging, idsOf, withMounts } = this.#options;
    const rootfs = { kind: 'overlay', ...images.layers(record.id) } as const;
    const ids = idsOf(record);
    const mapped = ids && { mapped: { idMaps: ids, ...rootOf(ids) } };
    return await withMounts(record, ids, async (mounts) => {
      const cell = new Cell(await runner.sealedPath());
      try {
        await cell.perform(lowerView(rootfs, mounts, { staging, features, ...mapped }));
        return { namespace: openSync(`/proc/${cell.childPid}/ns/mnt`, 'r'), ...(ids && { ids }) };
      } finally {
        cell.close();
        await cell.gone;
      }
    });
  }
}

/** What a look at a container that goes away meanwhile ends with. */
export function removed(id: string): Error {
  return fail('NO_SUCH_CONTAINER', `No such container: ${id}`);
}

function isMember(pid: number, sandbox: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(sandbox);
  } catch {
    return false;
  }
}
