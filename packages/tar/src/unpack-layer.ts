import { createHash } from 'node:crypto';
import { getSystemErrorMessage } from 'node:util';
import { errnoOf, messageOf, WharfError } from '@wharf/kit';
import type { Digest } from '@wharf/spec';
import { displayName } from './binary-name.ts';
import { asBuffer, CompressedInput } from './compressed-input.ts';
import type { TarEntry } from './entry.ts';
import { fail } from './errors.ts';
import { LayerUnpacker } from './layer-unpacker.ts';
import { TarParser } from './tar-parser.ts';
import { DEFAULT_LIMITS, type UnpackedTree, type UnpackLimits } from './unpack-types.ts';

export interface UnpackOptions {
  readonly limits?: Partial<UnpackLimits>;
  readonly signal?: AbortSignal;
  /** What to do about data after the end mark, which other tools pass over. Default: refuse. */
  readonly trailing?: 'refuse' | 'ignore';
}

export interface UnpackResult extends UnpackedTree {
  /** Digest of the uncompressed archive. */
  readonly diffId: Digest;
  /** Digest and size of the archive as it came. */
  readonly digest: Digest;
  readonly compressedSize: number;
  /** Bytes after the end mark, if they were ignored. */
  readonly trailing: number;
}

/**
 * Hashes, decompresses and unpacks a layer in one pass. `target` must be an empty directory that nobody else uses;
 * after a failure it holds a part of the layer and should be removed. File system work is synchronous: call this in
 * a worker thread. Throws TAR_INVALID, TAR_UNSAFE, TAR_TRUNCATED, TAR_TOO_LARGE (all with the `digest` and
 * `compressedSize` of the whole source in their details), TAR_UNPACK_FAILED.
 */
export async function unpackLayer(
  source: AsyncIterable<Uint8Array>,
  target: string,
  options: UnpackOptions = {},
): Promise<UnpackResult> {
  const unpacker = new LayerUnpacker(target, { ...DEFAULT_LIMITS, ...options.limits });
  const naming = new NamedEntries(unpacker);
  const parser = new TarParser(naming);
  const counter = new CompressedInput(source);
  const diff = createHash('sha256');
  const sink = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) {
      options.signal?.throwIfAborted();
      const buffer = asBuffer(chunk);
      diff.update(buffer);
      parser.push(buffer);
    }
  };
  try {
    await counter.run(sink);
    parser.finish();
    const trailing = parser.trailingBytes + counter.extra;
    if (trailing > 0 && options.trailing !== 'ignore') {
      throw fail('TAR_INVALID', `archive has ${trailing} bytes of data after its end`);
    }
    const tree = unpacker.finish();
    const diffId: Digest = `sha256:${diff.digest('hex')}`;
    return { ...tree, ...counter.result(), diffId, trailing };
  } catch (error) {
    unpacker.abandon();
    const explained = naming.explain(error);
    if (!isAboutContent(explained)) throw explained;
    // A bad archive may just be the wrong bytes: whoever knows the right digest can tell, if the rest is read as well.
    await counter.drain();
    const { code, kind, message, cause } = explained;
    throw new WharfError(code, kind, message, { cause, details: { ...explained.details, ...counter.result() } });
  } finally {
    await counter.close();
  }
}

function isAboutContent(error: unknown): error is WharfError {
  return error instanceof WharfError && error.code.startsWith('TAR_') && error.code !== 'TAR_UNPACK_FAILED';
}

/** Passes entries on and remembers which one is being written, for the error message. */
class NamedEntries {
  readonly #inner: LayerUnpacker;
  #name = '';

  constructor(inner: LayerUnpacker) {
    this.#inner = inner;
  }

  entry(entry: TarEntry): void {
    this.#name = entry.name;
    this.#inner.entry(entry);
  }

  data(chunk: Buffer): void {
    this.#inner.data(chunk);
  }

  entryEnd(): void {
    this.#inner.entryEnd();
  }

  explain(error: unknown): unknown {
    if (error instanceof WharfError) return error;
    const code = errnoOf(error) ?? '';
    if (code === 'ABORT_ERR') return error;
    if (code === 'Z_BUF_ERROR') return fail('TAR_TRUNCATED', 'unexpected EOF in compressed data', { cause: error });
    if (code.startsWith('Z_') || code.startsWith('ZSTD_')) {
      return fail('TAR_INVALID', `damaged compressed data: ${messageOf(error)}`, { cause: error });
    }
    if (!isSystemError(error)) return error;
    const { syscall, errno } = error;
    const path = `/${displayName(this.#name).replace(/^(\.?\/)+/, '')}`;
    const message = `${syscall} ${path}: ${getSystemErrorMessage(errno)}`;
    return fail('TAR_UNPACK_FAILED', message, { cause: error, details: { errno: code } });
  }
}

function isSystemError(error: unknown): error is Error & { syscall: string; errno: number } {
  return error instanceof Error && 'syscall' in error && 'errno' in error && typeof error.errno === 'number';
}
