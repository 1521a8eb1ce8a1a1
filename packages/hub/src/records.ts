import type { Database, Row, Schema } from '@wharf/kit';
import type { Digest } from '@wharf/spec';

/** The Hub's tables: what each repository can see, by digest, and its tags and open uploads. */
export const hubSchema: Schema = {
  area: 'hub',
  steps: [
    `CREATE TABLE hub_blobs (
       repository TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (repository, digest)
     ) WITHOUT ROWID;
     CREATE INDEX hub_blobs_digest ON hub_blobs (digest);
     CREATE TABLE hub_manifests (
       repository TEXT NOT NULL, digest TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL,
       subject TEXT, artifact_type TEXT, annotations TEXT, created INTEGER NOT NULL, PRIMARY KEY (repository, digest)
     ) WITHOUT ROWID;
     CREATE INDEX hub_manifests_digest ON hub_manifests (digest);
     CREATE INDEX hub_manifests_subject ON hub_manifests (repository, subject, digest) WHERE subject IS NOT NULL;
     CREATE TABLE hub_tags (
       repository TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (repository, tag),
       FOREIGN KEY (repository, digest) REFERENCES hub_manifests (repository, digest) ON DELETE CASCADE
     ) WITHOUT ROWID;
     CREATE INDEX hub_tags_digest ON hub_tags (repository, digest);
     CREATE TABLE hub_uploads (id TEXT PRIMARY KEY, repository TEXT NOT NULL, touched INTEGER NOT NULL) WITHOUT ROWID;`,
  ],
};

/** A manifest or index of a repository. `created` is in milliseconds since 1970. */
export interface ManifestRecord {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly subject?: Digest;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An upload that has begun. */
export interface UploadRecord {
  readonly id: string;
  readonly repository: string;
}

function toManifest(row: Row): ManifestRecord {
  const { digest, media_type, size, subject, artifact_type, annotations } = row as Record<string, string | null>;
  return {
    digest: digest as Digest,
    mediaType: media_type ?? '',
    size: Number(size),
    ...(subject && { subject: subject as Digest }),
    ...(artifact_type && { artifactType: artifact_type }),
    ...(annotations && { annotations: JSON.parse(annotations) as Record<string, string> }),
  };
}

/** The Hub's records in SQLite. Everything is synchronous; `durable` makes it last. */
export class Records {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  durable(): Promise<void> {
    return this.#db.durable();
  }

  close(): void {
    this.#db.close();
  }

  hasRepository(repository: string): boolean {
    const sql = `SELECT 1 FROM hub_manifests WHERE repository = ?1 UNION ALL
                 SELECT 1 FROM hub_blobs WHERE repository = ?1 LIMIT 1`;
    return this.#db.get(sql, repository) !== undefined;
  }

  /** Repositories with content, in order, after `last`. */
  repositories(last: string, limit: number): string[] {
    const sql = `SELECT repository FROM hub_manifests WHERE repository > ?1 GROUP BY repository
                 UNION SELECT repository FROM hub_blobs WHERE repository > ?1 GROUP BY repository ORDER BY 1 LIMIT ?2`;
    return this.#db.all(sql, last, limit).map((row) => String(row['repository']));
  }

  /** The size of a blob that the repository can see. */
  blobSize(repository: string, digest: string): number | undefined {
    const row = this.#db.get('SELECT size FROM hub_blobs WHERE repository = ? AND digest = ?', repository, digest);
    return row === undefined ? undefined : Number(row['size']);
  }

  linkBlob(repository: string, digest: Digest, size: number): void {
    this.#db.run('INSERT OR REPLACE INTO hub_blobs VALUES (?, ?, ?)', repository, digest, size);
  }

  unlinkBlob(repository: string, digest: Digest): boolean {
    return this.#db.run('DELETE FROM hub_blobs WHERE repository = ? AND digest = ?', repository, digest) > 0;
  }

  /** Repositories that can see a blob. */
  repositoriesWith(digest: Digest, limit: number): string[] {
    const sql = 'SELECT repository FROM hub_blobs WHERE digest = ? ORDER BY repository LIMIT ?';
    return this.#db.all(sql, digest, limit).map((row) => String(row['repository']));
  }

  /** Whether any repository still needs the content. */
  isUsed(digest: Digest): boolean {
    const sql = `SELECT 1 FROM hub_blobs WHERE digest = ?1 UNION ALL
                 SELECT 1 FROM hub_manifests WHERE digest = ?1 LIMIT 1`;
    return this.#db.get(sql, digest) !== undefined;
  }

  /** The manifest that a tag or digest names. */
  manifest(repository: string, reference: string): ManifestRecord | undefined {
    const byTag = 'SELECT digest FROM hub_tags WHERE repository = ?1 AND tag = ?2';
    const sql = `SELECT * FROM hub_manifests WHERE repository = ?1
                 AND digest = ${reference.includes(':') ? '?2' : `(${byTag})`}`;
    const row = this.#db.get(sql, repository, reference);
    return row && toManifest(row);
  }

  /** Stores a manifest and points the tags to it, all or nothing. */
  putManifest(repository: string, manifest: ManifestRecord, tags: readonly string[], now: number): void {
    const { digest, mediaType, size, subject = null, artifactType = null, annotations } = manifest;
    const notes = annotations ? JSON.stringify(annotations) : null;
    this.#db.transaction(() => {
      this.#db.run(
        `INSERT INTO hub_manifests VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (repository, digest) DO UPDATE SET media_type = excluded.media_type`,
        ...[repository, digest, mediaType, size, subject, artifactType, notes, now],
      );
      for (const tag of tags) this.#db.run('INSERT OR REPLACE INTO hub_tags VALUES (?, ?, ?)', repository, tag, digest);
    });
  }

  /** Removes a manifest and all tags that point to it. */
  deleteManifest(repository: string, digest: string): boolean {
    return this.#db.run('DELETE FROM hub_manifests WHERE repository = ? AND digest = ?', repository, digest) > 0;
  }

  deleteTag(repository: string, tag: string): boolean {
    return this.#db.run('DELETE FROM hub_tags WHERE repository = ? AND tag = ?', repository, tag) > 0;
  }

  /** Tags in ASCII order, after `last`. */
  tags(repository: string, last: string, limit: number): string[] {
    const sql = 'SELECT tag FROM hub_tags WHERE repository = ? AND tag > ? ORDER BY tag LIMIT ?';
    return this.#db.all(sql, repository, last, limit).map((row) => String(row['tag']));
  }

  /** Manifests whose subject is `subject`, in order of digest, after `last`. */
  referrers(repository: string, subject: Digest, options: { last: string; artifactType?: string; limit: number }) {
    const { last, artifactType = null, limit } = options;
    const sql = `SELECT * FROM hub_manifests WHERE repository = ?1 AND subject = ?2 AND digest > ?3
                 AND (?4 IS NULL OR artifact_type = ?4) ORDER BY digest LIMIT ?5`;
    return this.#db.all(sql, repository, subject, last, artifactType, limit).map(toManifest);
  }

  beginUpload(upload: UploadRecord, now: number): void {
    this.#db.run('INSERT INTO hub_uploads VALUES (?, ?, ?)', upload.id, upload.repository, now);
  }

  hasUpload(upload: UploadRecord): boolean {
    const sql = 'SELECT 1 FROM hub_uploads WHERE id = ? AND repository = ?';
    return this.#db.get(sql, upload.id, upload.repository) !== undefined;
  }

  touchUpload(id: string, now: number): void {
    this.#db.run('UPDATE hub_uploads SET touched = ? WHERE id = ?', now, id);
  }

  endUpload(id: string): void {
    this.#db.run('DELETE FROM hub_uploads WHERE id = ?', id);
  }

  uploadCount(): number {
    return Number(this.#db.get('SELECT count(*) AS n FROM hub_uploads')?.['n'] ?? 0);
  }

  /** All uploads, or those that nobody has touched since `before`. */
  uploads(before = Number.MAX_SAFE_INTEGER): string[] {
    return this.#db.all('SELECT id FROM hub_uploads WHERE touched < ?', before).map((row) => String(row['id']));
  }
}
