import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, isDiskFull } from '@wharf/kit';
import { fail } from './errors.ts';
import type { LayerStore } from './store/layer-store.ts';
import type { Trash } from './store/trash.ts';
import type { ImageRecord } from './types.ts';
import type { LayerWorkers } from './workers/layer-workers.ts';

/** What overlayfs needs to mount a container's root. All paths are absolute. */
export interface Snapshot {
  /** Read-only directories, topmost first. */
  readonly lower: readonly string[];
  /** Takes the changes. */
  readonly upper: string;
  /** overlayfs' own scratch directory, on the same file system. */
  readonly work: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/**
 * Writable layers: one per container, on top of an image's layers. A snapshot keeps its image's layers on disk, even when
 * the image itself is removed by force.
 */
export class Snapshots {
  readonly #dir: string;
  readonly #database: Database;
  readonly #layers: LayerStore;
  readonly #trash: Trash;
  readonly #workers: LayerWorkers;

  constructor(options: { root: string; database: Database; layers: LayerStore; trash: Trash; workers: LayerWorkers }) {
    this.#dir = join(options.root, 'snapshots');
    this.#database = options.database;
    this.#layers = options.layers;
    this.#trash = options.trash;
    this.#workers = options.workers;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  /** Makes a writable layer on top of the image. Throws SNAPSHOT_EXISTS. */
  prepare(id: string, image: Pick<ImageRecord, 'layers'>): Snapshot {
    if (!NAME.test(id) || this.#exists(id)) throw fail('SNAPSHOT_EXISTS', `snapshot ${id} exists or has a bad name`);
    const snapshot = this.#paths(id);
    this.#database.transaction(() => {
      this.#database.run('INSERT INTO snapshots VALUES (?)', id);
      for (const [position, layer] of image.layers.entries()) {
        this.#database.run('INSERT INTO snapshot_layers VALUES (?, ?, ?)', id, position, layer.diffId);
      }
      // What is there without a row was left by a crash.
      this.#trash.throw(join(this.#dir, id));
      mkdirSync(join(this.#dir, id), { mode: 0o700 });
      mkdirSync(snapshot.upper);
      // The upper directory's mode is that of the container's root; mkdir is subject to the umask.
      chmodSync(snapshot.upper, 0o755);
      mkdirSync(snapshot.work, { mode: 0o700 });
    });
    return { ...snapshot, lower: image.layers.map((layer) => layer.dir).reverse() };
  }

  /** The snapshot's paths. Throws NO_SUCH_SNAPSHOT. */
  get(id: string): Snapshot {
    if (!this.#exists(id)) throw fail('NO_SUCH_SNAPSHOT', `no snapshot ${id}`);
    const lower = this.#layers.ofSnapshot(id).map((layer) => layer.dir);
    return { ...this.#paths(id), lower: lower.reverse() };
  }

  /** Removes the snapshot: one rename now, the rest in the background. It must not be mounted. Missing is fine. */
  remove(id: string): void {
    if (!this.#exists(id)) return;
    // First of all: on a full disk nothing else makes room. Rows without a directory go with the next start.
    this.#trash.throw(join(this.#dir, id));
    try {
      this.#forget(id);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      void this.#trash
        .empty()
        .then(() => this.#forget(id))
        .catch(() => undefined);
    }
  }

  /** IDs of all snapshots, so that those without a container can be found after a crash. */
  list(): string[] {
    return this.#database.all('SELECT id FROM snapshots ORDER BY id').map((row) => String(row['id']));
  }

  /** Resolves when everything that was removed before the call is gone from the disk. */
  async emptyTrash(): Promise<void> {
    await this.#trash.empty();
  }

  /** Bytes that the container has written, counted in a worker thread. Throws NO_SUCH_SNAPSHOT. */
  async usage(id: string): Promise<number> {
    const { upper } = this.get(id);
    return await this.#workers.run('usage', { path: upper });
  }

  /** Bytes of another directory tree on this machine, counted in a worker thread. */
  async treeUsage(path: string): Promise<number> {
    return await this.#workers.run('usage', { path });
  }

  /** After a crash: directories without a row go. */
  reconcile(): void {
    const known = new Set(this.list());
    for (const name of readdirSync(this.#dir)) if (!known.has(name)) this.#trash.throw(join(this.#dir, name));
    for (const id of known) if (!existsSync(join(this.#dir, id))) this.remove(id);
  }

  #forget(id: string): void {
    const diffIds = this.#layers.ofSnapshot(id).map((layer) => layer.diffId);
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM snapshot_layers WHERE snapshot_id = ?', id);
      this.#database.run('DELETE FROM snapshots WHERE id = ?', id);
    });
    this.#layers.collect(diffIds);
  }

  #exists(id: string): boolean {
    return this.#database.get('SELECT 1 AS found FROM snapshots WHERE id = ?', id) !== undefined;
  }

  #paths(id: string): { upper: string; work: string } {
    return { upper: join(this.#dir, id, 'upper'), work: join(this.#dir, id, 'work') };
  }
}
