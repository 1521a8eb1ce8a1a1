import type { Readable } from 'node:stream';
import type { Descriptor } from '@wharf/spec';

/** One host that serves a registry's images: the registry itself or a mirror of it. */
export interface Endpoint {
  /** `http(s)://host[:port]`, without a path. */
  readonly url: string;
  /** Talk to it although its certificate cannot be verified, and over plain http when it has no TLS. */
  readonly insecure?: boolean;
  /** PEM certificates that are trusted besides the system's. */
  readonly ca?: string;
  /** For mirrors of several registries: the registry that is meant, sent as the `ns` parameter. */
  readonly namespace?: string;
  /** A mirror: asked without the user's credentials and not pushed to. */
  readonly mirror?: boolean;
}

/** What a user proves who he is with, in the shape of Docker's AuthConfig. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** A refresh token: exchanged for access tokens by oauth2. */
  readonly identityToken?: string;
  /** An access token, used as it is. */
  readonly registryToken?: string;
}

/** Options of every request. */
export interface RequestOptions {
  readonly credentials?: Credentials;
  readonly signal?: AbortSignal;
}

/** A manifest or index as it came, verified against its digest. */
export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly endpoint: Endpoint;
}

/** A blob on its way. `offset` is the position of the stream's first byte: 0 when the server ignored the range. */
export interface FetchedBlob {
  readonly stream: Readable;
  readonly offset: number;
}

/** What a push of a blob came to. */
export type PushBlobResult = 'exists' | 'mounted' | 'pushed';

/** Options of a push of a blob. */
export interface PushBlobOptions extends RequestOptions {
  /** Repositories of the same registry that may have the blob already. */
  readonly mountFrom?: readonly string[];
  /** Send in parts of this many bytes; otherwise all at once. */
  readonly chunkBytes?: number;
  /** Called with the number of bytes sent so far; it can go back when an attempt is repeated. */
  onProgress?(sent: number): void;
}

/** What a login brought: a token to keep instead of the password, if the registry gives one. */
export interface LoginResult {
  readonly identityToken?: string;
}
