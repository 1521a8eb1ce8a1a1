import type { Logger } from '@wharf/kit';
import type { ContainerRecord } from '../containers/record.ts';
import { fail } from '../errors.ts';
import type { ArchiveWorkers } from './archive-workers.ts';
import { type ContainerRoots, type HeldRoot, removed } from './container-roots.ts';
import type { JobName, Jobs, TreeRoot } from './messages.ts';
import type { DirectUpload, Transfer } from './transfer.ts';

/** How long a start waits for copies that are under way (milliseconds), before it ends them. */
const PATIENCE = 10_000;

/** An archive that somebody sends. */
export interface Upload {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Gives the connection itself, once, in place of `chunks`; absent or undefined where that is not possible. */
  take?(): DirectUpload | undefined;
}

/** A job on a container's files that is under way. It holds the container's mounts until it is closed. */
export class Copy {
  readonly #release: () => void;
  readonly #onClosed: (copy: Copy) => void;
  #transfer: Transfer | undefined;
  #cancelled: Error | undefined;
  #closing: Promise<void> | undefined;
  /** Resolves when it is closed. */
  readonly closed: Promise<void>;
  #tell: () => void = () => {};

  /** `release` is called when nothing is open any more. */
  constructor(release: () => void, onClosed: (copy: Copy) => void) {
    this.#release = release;
    this.#onClosed = onClosed;
    this.closed = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  /** Begins the job. Throws what it throws; the copy is closed then. */
  async begin<Name extends JobName>(
    workers: ArchiveWorkers,
    name: Name,
    request: Omit<Jobs[Name]['request'], 'root'>,
    root: TreeRoot,
  ): Promise<Jobs[Name]['answer']> {
    try {
      const begun = await workers.begin(name, { ...request, root } as Jobs[Name]['request']);
      this.#transfer = begun.transfer;
      if (this.#cancelled) throw this.#cancelled;
      return begun.answer;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The archive of a job that reads. A chunk's memory is used again when the next one is asked for; closes the copy. */
  async *read(): AsyncGenerator<Uint8Array, void> {
    try {
      if (this.#transfer) yield* this.#transfer.read();
    } finally {
      await this.close();
    }
  }

  /** Feeds a job that writes. */
  async write(upload: Upload): Promise<void> {
    const direct = upload.take?.();
    if (direct) await this.#transfer?.writeDirect(direct);
    else await this.#transfer?.write(upload.chunks);
  }

  /** Ends it at once; whoever uses it sees the error at the next step. */
  async cancel(error: Error): Promise<void> {
    this.#cancelled ??= error;
    if (!this.#transfer) return await this.closed;
    this.#transfer.cancel(error);
    await this.close();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#transfer?.close();
    this.#release();
    this.#onClosed(this);
    this.#tell();
  }
}

/** All copies from and to containers that are under way. */
export class Copies {
  readonly #roots: ContainerRoots;
  readonly #workers: ArchiveWorkers;
  readonly #open = new Map<string, Set<Copy>>();

  readonly #logger: Logger;

  constructor(roots: ContainerRoots, workers: ArchiveWorkers, logger: Logger) {
    this.#logger = logger;
    this.#roots = roots;
    this.#workers = workers;
  }

  /** Begins a job on the container's files. `alone`: without what is mounted below the root. */
  async begin<Name extends JobName>(
    record: ContainerRecord,
    name: Name,
    request: Omit<Jobs[Name]['request'], 'root'>,
    alone = false,
  ): Promise<{ readonly copy: Copy; readonly answer: Jobs[Name]['answer'] }> {
    const held = await this.#roots.hold(record, (root: HeldRoot) => ({
      copy: this.#add(record.id, () => root.close()),
      root,
    }));
    const { namespace: fd, ids } = held.root;
    const root = { kind: 'namespace', fd, alone, ...(ids && { ids }) } as const;
    const answer = await held.copy.begin(this.#workers, name, request, root);
    return { copy: held.copy, answer };
  }

  /** Begins to read the writable layer of a container as the archive of a layer of an image. */
  async beginLayer(id: string, upper: string, lower: readonly string[]): Promise<Copy> {
    const copy = this.#add(id, () => {});
    await copy.begin(this.#workers, 'layer', { lower }, { kind: 'directory', path: upper });
    return copy;
  }

  #add(id: string, release: () => void): Copy {
    const set = this.#open.get(id) ?? new Set();
    this.#open.set(id, set);
    const copy = new Copy(release, (closed) => {
      set.delete(closed);
      if (set.size === 0) this.#open.delete(id);
    });
    set.add(copy);
    return copy;
  }

  busy(id: string): boolean {
    return this.#open.has(id);
  }

  /** Before the container is mounted anew: copies are waited for, though not for ever (its client may have fallen asleep). */
  async settle(id: string): Promise<void> {
    if (!this.busy(id)) return;
    const done = Promise.all([...(this.#open.get(id) ?? [])].map(({ closed }) => closed));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    await Promise.race([done, late]);
    clearTimeout(timer);
    await this.#cancel(id, interrupted('the container is started'));
  }

  /** Before the container's files go: copies end. */
  async end(id: string): Promise<void> {
    await this.#cancel(id, removed(id));
  }

  async #cancel(id: string, why: Error): Promise<void> {
    const copies = [...(this.#open.get(id) ?? [])];
    if (copies.length === 0) return;
    this.#logger.warn('copies of files were ended', { container: id, copies: copies.length, why: why.message });
    await Promise.all(copies.map((copy) => copy.cancel(why)));
  }

  /** Ends the threads. */
  async stop(): Promise<void> {
    const why = interrupted('the engine is stopped');
    await Promise.all([...this.#open.keys()].map((id) => this.#cancel(id, why)));
    await this.#workers.stop();
  }
}

function interrupted(why: string): Error {
  return fail('COPY_INTERRUPTED', `the copy was cancelled: ${why}`);
}
