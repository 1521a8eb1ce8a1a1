import type { ContentStore, Ingest } from '@wharf/content';
import { errnoOf, isCode, isKind, type Logger, messageOf, WharfError } from '@wharf/kit';
import type { OpRunner } from '@wharf/linux';
import { type Descriptor, type Digest, isDigest } from '@wharf/spec';
import type { UnpackResult } from '@wharf/tar';
import { fail } from '../errors.ts';
import { specialPrograms } from '../special-programs.ts';
import type { LayerStore } from '../store/layer-store.ts';
import type { LayerRecord } from '../types.ts';
import type { LayerWorkers } from '../workers/layer-workers.ts';
import { throwIfCancelled } from './cancel.ts';
import { download, type OpenBlob } from './layer-source.ts';
import { layerEvent, progressEvent, Throttle } from './progress.ts';
import type { Slots } from './slots.ts';
import type { Listener } from './transfers.ts';

/** A layer as a manifest and a configuration together describe it. */
export interface WantedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** A layer that was just unpacked. */
export interface PulledLayer {
  readonly layer: LayerRecord;
  /** Directories that should look as in the layer below. */
  readonly implied: readonly string[];
}

export interface LayerPullOptions {
  readonly layers: LayerStore;
  readonly workers: LayerWorkers;
  readonly content: ContentStore;
  readonly ops: OpRunner;
  readonly slots: Slots;
  readonly logger: Logger;
  /** Keep the compressed blob in the content store. */
  readonly keepBlobs: boolean;
  now(): number;
  readonly secondMs?: number;
}

/** Downloads, verifies and unpacks one layer in one pass and puts it in its place. */
export class LayerPull {
  readonly #options: LayerPullOptions;

  constructor(options: LayerPullOptions) {
    this.#options = options;
  }

  /** Throws IMAGE_VERIFICATION_FAILED, LAYER_UNPACK_FAILED, LAYER_DOWNLOAD_FAILED, PULL_CANCELLED; leaves nothing. */
  async pull(
    wanted: WantedLayer,
    id: string,
    open: OpenBlob,
    { signal, report }: { signal: AbortSignal; report: Listener },
  ): Promise<PulledLayer> {
    const { slots, layers } = this.#options;
    const release = await slots.take(signal, () => report(layerEvent(id, 'Waiting')));
    let temporary: string | undefined;
    try {
      temporary = layers.makeTemporary();
      const result = await this.#stream(wanted, id, temporary, open, { signal, report });
      report(layerEvent(id, 'Verifying Checksum'));
      verify(wanted, result);
      report(layerEvent(id, 'Download complete'));
      release();
      if (result.trailing > 0) {
        const { digest } = wanted.descriptor;
        this.#options.logger.warn('layer has data after its archive', { digest, bytes: result.trailing });
      }
      await this.#finish(temporary, result, signal);
      throwIfCancelled(signal);
      return { layer: layers.place(temporary, wanted.diffId, result.size), implied: result.implied };
    } catch (error) {
      if (temporary !== undefined) layers.discardTemporary(temporary);
      throw explain(error, wanted);
    } finally {
      release();
    }
  }

  async #stream(
    { descriptor }: WantedLayer,
    id: string,
    temporary: string,
    open: OpenBlob,
    { signal, report }: { signal: AbortSignal; report: Listener },
  ): Promise<UnpackResult> {
    const throttle = new Throttle(() => this.#options.now(), descriptor.size);
    const source = download({
      descriptor,
      open,
      signal,
      onProgress: (current) => {
        if (throttle.passes(current)) report(progressEvent(id, 'Downloading', current, descriptor.size));
      },
      onRetry: (seconds) => {
        report(layerEvent(id, `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`));
      },
      ...(this.#options.secondMs !== undefined && { secondMs: this.#options.secondMs }),
    });
    if (!this.#options.keepBlobs) return await this.#options.workers.unpack(temporary, source, signal);
    const key = `layer-${descriptor.digest.slice('sha256:'.length)}`;
    const ingest = await this.#options.content.ingest(key, { digest: descriptor.digest, size: descriptor.size });
    try {
      await ingest.truncate();
      const result = await this.#options.workers.unpack(temporary, tee(source, ingest), signal);
      if (result.digest === descriptor.digest) await ingest.commit();
      else await ingest.abort();
      return result;
    } catch (error) {
      await ingest.abort();
      throw error;
    }
  }

  /** Makes what Node cannot make, and sets the times that this disturbs. */
  async #finish(root: string, { special, times }: UnpackResult, signal: AbortSignal): Promise<void> {
    for (const program of specialPrograms(root, special)) await this.#options.ops.run(program);
    if (times.length > 0) await this.#options.workers.run('times', { root, times }, signal);
  }
}

async function* tee(source: AsyncIterable<Uint8Array>, ingest: Ingest): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of source) {
    await ingest.write(chunk);
    yield chunk;
  }
}

function verify({ descriptor, diffId }: WantedLayer, result: UnpackResult): void {
  if (result.digest !== descriptor.digest || result.compressedSize !== descriptor.size) {
    const message = `filesystem layer verification failed for digest ${descriptor.digest}`;
    throw fail('IMAGE_VERIFICATION_FAILED', message, { details: { actual: result.digest } });
  }
  if (result.diffId !== diffId) {
    const message = "layers from manifest don't match image configuration";
    throw fail('IMAGE_VERIFICATION_FAILED', message, { details: { expected: diffId, actual: result.diffId } });
  }
}

/** Failures of unpacking in the words of Docker: wrong bytes are called so, whatever the unpacker thought of them. */
function explain(error: unknown, { descriptor }: WantedLayer): unknown {
  if (
    error instanceof WharfError &&
    isDigest(error.details['digest']) &&
    error.details['digest'] !== descriptor.digest
  ) {
    const message = `filesystem layer verification failed for digest ${descriptor.digest}`;
    return fail('IMAGE_VERIFICATION_FAILED', message, { cause: error, details: error.details });
  }
  if (error instanceof WharfError && (error.code.startsWith('TAR_') || isCode(error, 'OPERATION_FAILED'))) {
    const { details } = error;
    return fail('LAYER_UNPACK_FAILED', `failed to register layer: ${error.message}`, { cause: error, details });
  }
  if (isKind(error, 'system') || errnoOf(error) === 'ENOSPC') {
    return fail('LAYER_UNPACK_FAILED', `failed to register layer: ${messageOf(error)}`, { cause: error });
  }
  return error;
}
