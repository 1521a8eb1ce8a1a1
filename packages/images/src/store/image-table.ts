import type { Database, Row } from '@wharf/kit';
import { type Digest, digestHex, type ImageConfig, type Reference } from '@wharf/spec';

/** An image's row. */
export interface ImageRow {
  readonly id: Digest;
  readonly config: ImageConfig;
  readonly configSize: number;
  readonly size: number;
  readonly storedAt: number;
  readonly taggedAt: number;
  readonly manifest?: Digest;
}

/** One name of an image: a tag or a digest of a repository. */
export interface ImageName {
  /** Full repository name: `docker.io/library/busybox`. */
  readonly name: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export function repositoryName(reference: Pick<Reference, 'registry' | 'repository'>): string {
  return `${reference.registry}/${reference.repository}`;
}

/** The full name taken apart again. */
export function nameReference(name: ImageName): Reference {
  const slash = name.name.indexOf('/');
  const { tag, digest } = name;
  const registry = name.name.slice(0, slash);
  const repository = name.name.slice(slash + 1);
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** Images and their names in the database. Everything is synchronous; the caller opens transactions. */
export class ImageTable {
  readonly #database: Database;
  /** Parsed configurations: they never change, and every `images` and `ps` wants them. */
  readonly #configs = new Map<string, ImageConfig>();

  constructor(database: Database) {
    this.#database = database;
  }

  get(id: string): ImageRow | undefined {
    const row = this.#database.get('SELECT * FROM images WHERE id = ?', id);
    return row && this.#row(row);
  }

  all(): ImageRow[] {
    return this.#database.all('SELECT * FROM images').map((row) => this.#row(row));
  }

  #row(row: Row): ImageRow {
    const id = String(row['id']) as Digest;
    const bytes = Buffer.from(row['config'] as Uint8Array);
    let config = this.#configs.get(id);
    if (!config) {
      config = JSON.parse(bytes.toString('utf8')) as ImageConfig;
      this.#configs.set(id, config);
    }
    return {
      id,
      config,
      configSize: bytes.length,
      size: Number(row['size']),
      storedAt: Number(row['stored_at']),
      taggedAt: Number(row['tagged_at']),
      ...(typeof row['manifest'] === 'string' && { manifest: row['manifest'] as Digest }),
    };
  }

  insert(image: { id: Digest; config: Uint8Array; size: number; storedAt: number; manifest?: Digest }): void {
    const { id, config, size, storedAt, manifest = null } = image;
    const sql = 'INSERT OR IGNORE INTO images (id, config, size, stored_at, manifest) VALUES (?, ?, ?, ?, ?)';
    this.#database.run(sql, id, config, size, storedAt, manifest);
    if (manifest !== null) this.#database.run('UPDATE images SET manifest = ? WHERE id = ?', manifest, id);
  }

  setLayers(id: Digest, diffIds: readonly Digest[]): void {
    for (const [position, diffId] of diffIds.entries()) {
      this.#database.run('INSERT OR IGNORE INTO image_layers VALUES (?, ?, ?)', id, position, diffId);
    }
  }

  layerIds(id: Digest): Digest[] {
    const rows = this.#database.all('SELECT diff_id FROM image_layers WHERE image_id = ? ORDER BY position', id);
    return rows.map((row) => String(row['diff_id']) as Digest);
  }

  /** Images that have the layer. */
  withLayer(diffId: Digest): Digest[] {
    const rows = this.#database.all('SELECT DISTINCT image_id FROM image_layers WHERE diff_id = ?', diffId);
    return rows.map((row) => String(row['image_id']) as Digest);
  }

  addBlobs(id: Digest, digests: readonly Digest[]): void {
    for (const digest of digests) this.#database.run('INSERT OR IGNORE INTO image_blobs VALUES (?, ?)', id, digest);
  }

  needsBlob(digest: Digest): boolean {
    return this.#database.get('SELECT 1 AS found FROM image_blobs WHERE digest = ? LIMIT 1', digest) !== undefined;
  }

  /** Every blob that some image needs. */
  neededBlobs(): Set<string> {
    return new Set(this.#database.all('SELECT DISTINCT digest FROM image_blobs').map((row) => String(row['digest'])));
  }

  /** Takes the image with its names and layer list out; returns the blobs that no other image needs. */
  delete(id: Digest): Digest[] {
    const sql = `SELECT digest FROM image_blobs WHERE image_id = ?1 AND NOT EXISTS
      (SELECT 1 FROM image_blobs o WHERE o.digest = image_blobs.digest AND o.image_id <> ?1)`;
    const orphans = this.#database.all(sql, id).map((row) => String(row['digest']) as Digest);
    for (const table of ['image_layers', 'image_tags', 'image_digests', 'image_blobs']) {
      this.#database.run(`DELETE FROM ${table} WHERE image_id = ?`, id);
    }
    this.#database.run('DELETE FROM images WHERE id = ?', id);
    this.#configs.delete(id);
    return orphans;
  }

  /** The image that the name stands for now. */
  lookup({ name, tag, digest }: ImageName): Digest | undefined {
    const row =
      digest !== undefined
        ? this.#database.get('SELECT image_id FROM image_digests WHERE name = ? AND digest = ?', name, digest)
        : this.#database.get('SELECT image_id FROM image_tags WHERE name = ? AND tag = ?', name, tag ?? 'latest');
    return row && (String(row['image_id']) as Digest);
  }

  /** Gives the image the name; whoever had it loses it. `now` is in milliseconds. */
  addName(id: Digest, { name, tag, digest }: ImageName, now: number): void {
    if (digest !== undefined) {
      this.#database.run('INSERT OR REPLACE INTO image_digests VALUES (?, ?, ?)', name, digest, id);
    } else {
      this.#database.run('INSERT OR REPLACE INTO image_tags VALUES (?, ?, ?)', name, tag ?? 'latest', id);
      this.#database.run('UPDATE images SET tagged_at = ? WHERE id = ?', now, id);
    }
  }

  removeName({ name, tag, digest }: ImageName): boolean {
    const changes =
      digest !== undefined
        ? this.#database.run('DELETE FROM image_digests WHERE name = ? AND digest = ?', name, digest)
        : this.#database.run('DELETE FROM image_tags WHERE name = ? AND tag = ?', name, tag ?? 'latest');
    return changes > 0;
  }

  /** All names of an image: tags, then digests. */
  names(id: Digest): ImageName[] {
    const tags = this.#database.all('SELECT name, tag FROM image_tags WHERE image_id = ? ORDER BY name, tag', id);
    const sql = 'SELECT name, digest FROM image_digests WHERE image_id = ? ORDER BY name, digest';
    const digests = this.#database.all(sql, id);
    return [
      ...tags.map((row) => ({ name: String(row['name']), tag: String(row['tag']) })),
      ...digests.map((row) => ({ name: String(row['name']), digest: String(row['digest']) as Digest })),
    ];
  }

  /** IDs that begin with these hexadecimal digits; at most two, which is enough to see that there are several. */
  withPrefix(hex: string): Digest[] {
    const sql = "SELECT id FROM images WHERE id >= 'sha256:' || ?1 AND id < 'sha256:' || ?1 || 'g' LIMIT 2";
    return this.#database.all(sql, hex).map((row) => String(row['id']) as Digest);
  }

  /** Where a layer can be had in its compressed form: for pushing without packing it again. */
  addSource(source: { diffId: Digest; digest: Digest; mediaType: string; size: number; name: string }): void {
    const { diffId, digest, mediaType, size, name } = source;
    const sql = 'INSERT OR IGNORE INTO layer_sources VALUES (?, ?, ?, ?, ?)';
    this.#database.run(sql, diffId, digest, mediaType, size, name);
  }
}

/** The first twelve digits, as Docker shows IDs. */
export function shortId(id: string): string {
  return (id.startsWith('sha256:') ? digestHex(id as Digest) : id).slice(0, 12);
}
