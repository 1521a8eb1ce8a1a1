import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, type Row, syncDirectory } from '@wharf/kit';
import { type Digest, digestHex } from '@wharf/spec';
import type { LayerUsers } from '../removal-preview.ts';
import type { LayerRecord } from '../types.ts';
import type { Trash } from './trash.ts';

/** Characters of a layer's directory name: 128 of them must fit into one page of mount options. */
const NAME_LENGTH = 16;

/**
 * The layers' directories and their rows. A layer lives while an image or a snapshot has it, or somebody holds it: a pull
 * holds what it found and what it made until its image is committed.
 */
export class LayerStore {
  readonly #dir: string;
  readonly #temporary: string;
  readonly #database: Database;
  readonly #trash: Trash;
  readonly #held = new Map<Digest, number>();
  /** Complete layers whose image is not committed yet. */
  readonly #fresh = new Map<Digest, LayerRecord>();
  #counter = 0;

  constructor(options: { root: string; database: Database; trash: Trash }) {
    this.#dir = join(options.root, 'layers');
    this.#temporary = join(options.root, 'tmp');
    this.#database = options.database;
    this.#trash = options.trash;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    mkdirSync(this.#temporary, { recursive: true, mode: 0o700 });
  }

  get dir(): string {
    return this.#dir;
  }

  /** The layer, if it is complete. */
  find(diffId: Digest): LayerRecord | undefined {
    const fresh = this.#fresh.get(diffId);
    if (fresh) return fresh;
    const row = this.#database.get('SELECT * FROM layers WHERE diff_id = ?', diffId);
    return row && this.#record(row);
  }

  /** Layers of an image (or a snapshot), bottom first. */
  ofImage(imageId: string): LayerRecord[] {
    const sql = 'SELECT l.* FROM image_layers i JOIN layers l USING (diff_id) WHERE i.image_id = ? ORDER BY i.position';
    return this.#database.all(sql, imageId).map((row) => this.#record(row));
  }

  ofSnapshot(id: string): LayerRecord[] {
    const sql =
      'SELECT l.* FROM snapshot_layers s JOIN layers l USING (diff_id) WHERE s.snapshot_id = ? ORDER BY s.position';
    return this.#database.all(sql, id).map((row) => this.#record(row));
  }

  #record(row: Row): LayerRecord {
    return {
      diffId: String(row['diff_id']) as Digest,
      dir: join(this.#dir, String(row['dir'])),
      size: Number(row['size']),
    };
  }

  /** Keeps these layers (there or not yet) from being collected until the returned function is called. */
  hold(diffIds: readonly Digest[]): () => void {
    const mine = [...new Set(diffIds)];
    for (const diffId of mine) this.#held.set(diffId, (this.#held.get(diffId) ?? 0) + 1);
    return () => {
      for (const diffId of mine.splice(0)) {
        const count = (this.#held.get(diffId) ?? 1) - 1;
        if (count > 0) this.#held.set(diffId, count);
        else this.#held.delete(diffId);
        this.collect([diffId]);
      }
    };
  }

  /** A new empty directory to unpack into. */
  makeTemporary(): string {
    this.#counter += 1;
    const path = join(this.#temporary, `${process.pid}-${this.#counter}`);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  discardTemporary(path: string): void {
    this.#trash.throw(path);
  }

  /** Gives a finished directory its place. The caller holds the layer, and commits or releases it. */
  place(temporary: string, diffId: Digest, size: number): LayerRecord {
    const known = this.find(diffId);
    if (known) {
      this.#trash.throw(temporary);
      return known;
    }
    const dir = join(this.#dir, this.#freeName(diffId));
    renameSync(temporary, dir);
    const record = { diffId, dir, size };
    this.#fresh.set(diffId, record);
    return record;
  }

  /** A short name; a longer one when another layer, by chance or malice, has the same beginning. */
  #freeName(diffId: Digest): string {
    const used = new Set(readdirSync(this.#dir));
    const hex = digestHex(diffId);
    for (let length = NAME_LENGTH; ; length += 1) {
      const name = hex.slice(0, length);
      if (!used.has(name) || length >= hex.length) return name;
    }
  }

  /** Makes the entries of the layers' directory durable. */
  sync(): void {
    syncDirectory(this.#dir);
  }

  /** Writes the rows of fresh layers. To be called in the transaction that makes the image that has them. */
  commit(diffIds: readonly Digest[]): void {
    for (const diffId of new Set(diffIds)) {
      const layer = this.#fresh.get(diffId);
      if (!layer) continue;
      const name = layer.dir.slice(this.#dir.length + 1);
      this.#database.run('INSERT OR IGNORE INTO layers VALUES (?, ?, ?)', diffId, name, layer.size);
    }
  }

  /** After the transaction: the rows are the truth now. */
  settle(diffIds: readonly Digest[]): void {
    for (const diffId of diffIds) this.#fresh.delete(diffId);
  }

  /** Removes those of the layers that nobody has any more. */
  collect(diffIds: readonly Digest[]): void {
    for (const diffId of new Set(diffIds)) {
      if (this.#held.has(diffId) || this.#isReferenced(diffId)) continue;
      const layer = this.find(diffId);
      if (!layer) continue;
      this.#fresh.delete(diffId);
      // The row first: a directory without a row is cleaned up by `reconcile`.
      this.#database.transaction(() => {
        this.#database.run('DELETE FROM layer_sources WHERE diff_id = ?', diffId);
        this.#database.run('DELETE FROM layers WHERE diff_id = ?', diffId);
      });
      this.#trash.throw(layer.dir);
    }
  }

  /** All complete layers, with the images and snapshots that have them; those in `without` are passed over. */
  withUsers(without: ReadonlySet<string> = new Set()): Map<Digest, LayerUsers> {
    const found = new Map<Digest, { size: number; users: Set<string> }>();
    for (const row of this.#database.all('SELECT diff_id, size FROM layers')) {
      found.set(String(row['diff_id']) as Digest, { size: Number(row['size']), users: new Set() });
    }
    const sql =
      'SELECT diff_id, image_id AS user FROM image_layers UNION ALL SELECT diff_id, snapshot_id FROM snapshot_layers';
    for (const row of this.#database.all(sql)) {
      const user = String(row['user']);
      if (!without.has(user)) found.get(String(row['diff_id']) as Digest)?.users.add(user);
    }
    return found;
  }

  #isReferenced(diffId: Digest): boolean {
    const sql = `SELECT 1 AS used FROM image_layers WHERE diff_id = ?
      UNION ALL SELECT 1 FROM snapshot_layers WHERE diff_id = ? LIMIT 1`;
    return this.#database.get(sql, diffId, diffId) !== undefined;
  }

  /** After a crash: throws away directories without a row and half-made ones; returns rows whose directory is gone. */
  reconcile(): Digest[] {
    for (const name of readdirSync(this.#temporary)) this.#trash.throw(join(this.#temporary, name));
    const rows = this.#database.all('SELECT * FROM layers').map((row) => this.#record(row));
    const known = new Set(rows.map((layer) => layer.dir));
    const present = new Set(readdirSync(this.#dir).map((name) => join(this.#dir, name)));
    for (const dir of present) if (!known.has(dir)) this.#trash.throw(dir);
    this.collect(rows.map((layer) => layer.diffId));
    return rows.filter((layer) => !present.has(layer.dir)).map((layer) => layer.diffId);
  }
}
