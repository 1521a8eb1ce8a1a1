import type { Readable } from 'node:stream';
import type { Logger } from '@wharf/kit';
import type { Descriptor, Digest, Reference } from '@wharf/spec';
import { fail } from './errors.ts';
import type { Endpoint, FetchedBlob, FetchedManifest, PushBlobResult, RequestOptions } from './types.ts';

/** Draft of the client: the signatures that other packages build on. */
export class RegistryClient {
  readonly #options: { endpoints(registry: string): readonly Endpoint[]; userAgent: string; logger?: Logger };

  constructor(options: { endpoints(registry: string): readonly Endpoint[]; userAgent: string; logger?: Logger }) {
    this.#options = options;
  }

  async manifest(ref: Reference, _options: RequestOptions & { accept?: readonly string[] }): Promise<FetchedManifest> {
    throw this.#unavailable(ref);
  }

  async blob(
    ref: Reference,
    _descriptor: Descriptor,
    _options: RequestOptions & { endpoint?: Endpoint; offset?: number },
  ): Promise<FetchedBlob> {
    throw this.#unavailable(ref);
  }

  async hasBlob(ref: Reference, _digest: Digest, _options: RequestOptions): Promise<boolean> {
    throw this.#unavailable(ref);
  }

  /** `open` gives the blob from its start; it is called again for each retry. */
  async pushBlob(
    ref: Reference,
    _blob: { descriptor: Descriptor; open(): Promise<Readable> },
    _options: RequestOptions & { mountFrom?: readonly string[]; onProgress?(sent: number): void; chunkBytes?: number },
  ): Promise<PushBlobResult> {
    throw this.#unavailable(ref);
  }

  async pushManifest(
    ref: Reference,
    _manifest: { mediaType: string; bytes: Buffer },
    _options: RequestOptions,
  ): Promise<Descriptor> {
    throw this.#unavailable(ref);
  }

  async tags(ref: Reference, _options: RequestOptions): Promise<string[]> {
    throw this.#unavailable(ref);
  }

  #unavailable(ref: Reference): Error {
    const count = this.#options.endpoints(ref.registry).length;
    return fail('REGISTRY_UNAVAILABLE', `no usable endpoint among ${count} for ${ref.registry}`);
  }
}
