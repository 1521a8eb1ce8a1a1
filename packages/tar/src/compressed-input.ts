import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Digest } from '@wharf/spec';
import {
  createDecompressor,
  detectCompression,
  detectForeign,
  type ForeignCompression,
  MAGIC_BYTES,
} from './compression.ts';

type Sink = (chunks: AsyncIterable<Uint8Array>) => Promise<void>;

export interface InputOptions {
  /** False: nothing is hashed or counted. */
  readonly digest?: boolean;
  /** Decompresses formats that Node does not know; without it they are refused. */
  readonly foreign?: (compression: ForeignCompression) => Duplex;
}

/** Hashes and counts an archive as it comes and feeds it, decompressed, to a sink. */
export class CompressedInput {
  readonly #chunks: AsyncGenerator<Buffer, void>;
  readonly #hash: Hash | undefined;
  readonly #foreign: ((compression: ForeignCompression) => Duplex) | undefined;
  #bytes = 0;
  /** Where the last byte that is not zero ends: zeros after compressed data are padding of old tape tools. */
  #dataEnd = 0;
  #extra = 0;

  /** `digest` false: nothing is hashed or counted, and `result` and `extra` mean nothing. */
  constructor(source: AsyncIterable<Uint8Array>, { digest = true, foreign }: InputOptions = {}) {
    this.#hash = digest ? createHash('sha256') : undefined;
    this.#foreign = foreign;
    this.#chunks = this.#count(source);
  }

  /** Runs the archive through. Throws what source, zlib and sink throw; then `drain` or `close` must follow. */
  async run(sink: Sink): Promise<void> {
    const head = await readHead(this.#chunks);
    const foreign = this.#foreign === undefined ? undefined : detectForeign(head);
    if (foreign && this.#foreign) return await feed(this.#foreign(foreign), prepend(head, this.#chunks), sink);
    const decompressor = createDecompressor(detectCompression(head));
    if (!decompressor) return await sink(prepend(head, this.#chunks));
    await feed(decompressor, prepend(head, this.#chunks), sink);
    this.#extra = Math.max(0, this.#dataEnd - decompressor.bytesWritten);
  }

  /** Reads what is left, for the digest alone. */
  async drain(): Promise<void> {
    while (!(await this.#chunks.next()).done);
  }

  /** Gives the source up. */
  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }

  async *#count(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
    for await (const piece of source) {
      const chunk = asBuffer(piece);
      if (!this.#hash) {
        if (chunk.length > 0) yield chunk;
        continue;
      }
      this.#hash.update(chunk);
      let end = chunk.length;
      while (end > 0 && chunk[end - 1] === 0) end -= 1;
      if (end > 0) this.#dataEnd = this.#bytes + end;
      this.#bytes += chunk.length;
      if (chunk.length > 0) yield chunk;
    }
  }

  /** Bytes after the compressed data that the decompressor left alone. */
  get extra(): number {
    return this.#extra;
  }

  /** Digest and size of the archive as it came. */
  result(): { digest: Digest; compressedSize: number } {
    return { digest: `sha256:${this.#hash?.digest('hex') ?? ''}`, compressedSize: this.#bytes };
  }
}

async function readHead(chunks: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    // A copy: the next chunk may be in the same memory.
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

/** A reader that gives up early leaves the rest to be drained: ending this does not end `chunks`. */
async function* prepend(head: Buffer, chunks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  if (head.length > 0) yield head;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

/**
 * Not `pipeline`: zlib ends its output at data that is not its own, and the rest of the input must still be read for
 * the digest.
 */
async function feed(decompressor: Duplex, input: AsyncGenerator<Buffer, void>, sink: Sink): Promise<void> {
  let settled = false;
  // Errors reach the sink, which iterates over the output; a write that comes too late is not one more error.
  decompressor.on('error', () => {});
  const sinking = sink(decompressor).finally(() => {
    settled = true;
  });
  sinking.catch(() => {});
  try {
    for await (const chunk of input) {
      if (settled) await sinking;
      // A copy: the decompressor may still be reading when the next chunk comes, in the same memory.
      else if (!decompressor.write(Buffer.from(chunk))) await Promise.race([sinking, drained(decompressor)]);
    }
    decompressor.end();
    await sinking;
  } finally {
    decompressor.destroy();
  }
}

async function drained(stream: Duplex): Promise<void> {
  await once(stream, 'drain').catch(() => {});
}

export function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
