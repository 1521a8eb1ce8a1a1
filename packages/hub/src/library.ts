import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ContentStore } from '@wharf/content';
import type { Clock, Logger } from '@wharf/kit';
import type { Digest, ImageDocument } from '@wharf/spec';
import { KeyedMutex } from './keyed-mutex.ts';
import type { ManifestRecord, Records } from './records.ts';

/** What all routes work with. */
export interface LibraryOptions {
  readonly records: Records;
  readonly content: ContentStore;
  /** The content belongs to the Hub alone: what no repository uses is removed. */
  readonly ownsContent: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Prefix of the Hub's keys of half-written blobs, which share a store with others'. */
export const UPLOAD_PREFIX = 'upload-';

/** Content and the records that make it visible, kept together: a linked blob is always there. */
export class Library {
  readonly records: Records;
  readonly content: ContentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly #owns: boolean;
  readonly #locks = new KeyedMutex();

  constructor(options: LibraryOptions) {
    this.records = options.records;
    this.content = options.content;
    this.clock = options.clock;
    this.logger = options.logger;
    this.#owns = options.ownsContent;
  }

  /** Runs `commit`, which brings the content into the store, and links it; no removal of it can come between. */
  async commitBlob(repository: string, digest: Digest, commit: () => Promise<{ size: number }>): Promise<void> {
    await this.#locks.run(digest, async () => {
      const { size } = await commit();
      this.records.linkBlob(repository, digest, size);
    });
  }

  /** Brings a stream into the store under a digest and links it. Throws the content store's errors. */
  async importBlob(repository: string, digest: Digest, size: number, open: () => Promise<Readable>): Promise<void> {
    if (this.records.blobSize(repository, digest) !== undefined) return;
    const ingest = await this.content.ingest(UPLOAD_PREFIX + randomUUID(), { digest, size });
    try {
      for await (const chunk of (await open()) as AsyncIterable<Buffer>) await ingest.write(chunk);
      await this.commitBlob(repository, digest, () => ingest.commit(digest));
    } finally {
      await ingest.abort();
    }
  }

  /** Stores the bytes of a manifest, its record and its tags. */
  async putManifest(
    repository: string,
    digest: Digest,
    document: ImageDocument,
    bytes: Buffer,
    tags: readonly string[],
  ) {
    await this.#locks.run(digest, async () => {
      if (!(await this.content.info(digest))) {
        const ingest = await this.content.ingest(UPLOAD_PREFIX + randomUUID(), { digest, size: bytes.length });
        try {
          await ingest.write(bytes);
          await ingest.commit(digest);
        } finally {
          await ingest.abort();
        }
      }
      this.records.putManifest(repository, toRecord(digest, document, bytes.length), tags, this.clock.now());
    });
    await this.records.durable();
  }

  /** Removes content that no repository uses any more, when it is ours to remove. */
  async release(digest: Digest): Promise<void> {
    await this.records.durable();
    if (!this.#owns) return;
    await this.#locks.run(digest, async () => {
      if (!this.records.isUsed(digest)) await this.content.delete(digest);
    });
  }
}

/** What the record of a manifest keeps of it: referrers are listed from this (distribution-spec, end-12). */
function toRecord(digest: Digest, document: ImageDocument, size: number): ManifestRecord {
  const { mediaType } = document;
  const body = document.kind === 'manifest' ? document.manifest : document.index;
  const fallback = document.kind === 'manifest' ? document.manifest.config.mediaType : undefined;
  const artifactType = body.artifactType || fallback;
  return {
    digest,
    mediaType,
    size,
    ...(body.subject && { subject: body.subject.digest }),
    ...(artifactType && { artifactType }),
    ...(body.annotations && { annotations: body.annotations }),
  };
}
