import { type Logger, silentLogger } from '@wharf/kit';
import { type Descriptor, type Digest, MANIFEST_MEDIA_TYPES, type Reference } from '@wharf/spec';
import type { Identity } from './authorizer.ts';
import { EndpointWalk } from './endpoint-walk.ts';
import { fail } from './errors.ts';
import { Exchange, type RetryPolicy } from './exchange.ts';
import { login } from './login.ts';
import { fetchBlob, fetchManifest } from './pull.ts';
import { pullError } from './pull-error.ts';
import { type BlobSource, hasBlob, type PushTarget, pushBlob, pushManifest } from './push.ts';
import { listTags } from './tags.ts';
import { Transport } from './transport.ts';
import type {
  Credentials,
  Endpoint,
  FetchedBlob,
  FetchedManifest,
  LoginResult,
  PushBlobOptions,
  PushBlobResult,
  RequestOptions,
} from './types.ts';

/** What the client works with. */
export interface RegistryClientOptions {
  /** Where a registry is served, in the order in which to ask: see `defaultEndpoints`. */
  endpoints(registry: string): readonly Endpoint[];
  readonly userAgent: string;
  readonly logger?: Logger;
  readonly retry?: Partial<RetryPolicy>;
  /** Milliseconds without any byte after which a connection is given up. */
  readonly idleMs?: number;
  /** Environment with HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  readonly proxyEnv?: NodeJS.ProcessEnv;
  /** Milliseconds since 1970, for the life of tokens. */
  now?(): number;
}

const DEFAULT_RETRY: RetryPolicy = { attempts: 5, baseMs: 250, maxMs: 5_000, maxRetryAfterMs: 30_000 };

/** Client of OCI and Docker registries (distribution-spec v1.1), with the authorisation that Docker's servers want. */
export class RegistryClient {
  readonly #transport: Transport;
  readonly #exchange: Exchange;
  readonly #walk: EndpointWalk;
  readonly #retry: RetryPolicy;

  constructor(options: RegistryClientOptions) {
    const { userAgent, logger = silentLogger, idleMs = 60_000, proxyEnv, now = Date.now } = options;
    this.#retry = { ...DEFAULT_RETRY, ...options.retry };
    this.#transport = new Transport({ idleMs, maxSockets: 16, ...(proxyEnv && { proxyEnv }) });
    this.#exchange = new Exchange({ transport: this.#transport, userAgent, retry: this.#retry, logger, now });
    this.#walk = new EndpointWalk((registry) => options.endpoints(registry), logger);
  }

  /**
   * The manifest or index of a reference, verified by digest, from the first endpoint that has it. The body is bounded to
   * 4 MiB. Throws MANIFEST_NOT_FOUND, IMAGE_ACCESS_DENIED, REPOSITORY_NOT_FOUND, MANIFEST_UNVERIFIED,
   * MANIFEST_UNSUPPORTED, PULL_UNAUTHORIZED, REGISTRY_*; all in Docker's words.
   */
  async manifest(
    ref: Reference,
    options: RequestOptions & { accept?: readonly string[] } = {},
  ): Promise<FetchedManifest> {
    try {
      return await this.#walk.run(ref, walkOptions(true, options), (endpoint) => {
        const identity = identityOf(endpoint, [pullScope(ref.repository)], options);
        return fetchManifest(this.#exchange, identity, ref, options.accept ?? MANIFEST_MEDIA_TYPES);
      });
    } catch (error) {
      throw pullError(error, ref);
    }
  }

  /**
   * A blob from `offset` on, from `endpoint` (the one that gave the manifest) or the first that has it. The stream's
   * `offset` is 0 when the server does not know ranges. The caller verifies the digest and calls again with a higher
   * offset when the stream fails. Throws REMOTE_BLOB_NOT_FOUND, PULL_UNAUTHORIZED, REGISTRY_*.
   */
  async blob(
    ref: Reference,
    descriptor: Descriptor,
    options: RequestOptions & { endpoint?: Endpoint; offset?: number } = {},
  ): Promise<FetchedBlob> {
    const place = { repository: ref.repository, descriptor, offset: options.offset ?? 0 };
    const fetchFrom = (endpoint: Endpoint) => {
      const identity = identityOf(endpoint, [pullScope(ref.repository)], options);
      return fetchBlob(this.#exchange, identity, place);
    };
    try {
      if (options.endpoint) return await fetchFrom(options.endpoint);
      return await this.#walk.run(ref, walkOptions(true, options), fetchFrom);
    } catch (error) {
      throw pullError(error, ref);
    }
  }

  /** Whether the repository has the blob: what a push asks before it sends. */
  async hasBlob(ref: Reference, digest: Digest, options: RequestOptions = {}): Promise<boolean> {
    return await this.#push(ref, [], options, (target) => hasBlob(target, digest));
  }

  /** Pushes a blob, unless the registry has it already or can mount it from one of `mountFrom`. */
  async pushBlob(ref: Reference, blob: BlobSource, options: PushBlobOptions = {}): Promise<PushBlobResult> {
    const mountFrom = options.mountFrom ?? [];
    const settings = { ...options, attempts: this.#retry.attempts, pauseMs: this.#retry.baseMs };
    return await this.#push(ref, mountFrom.map(pullScope), options, (target) => pushBlob(target, blob, settings));
  }

  /** Puts a manifest under the reference's tag, or under its digest when it has no tag. */
  async pushManifest(
    ref: Reference,
    manifest: { mediaType: string; bytes: Buffer },
    options: RequestOptions = {},
  ): Promise<Descriptor> {
    const name = ref.tag ?? ref.digest;
    if (name === undefined) throw fail('MANIFEST_UNSUPPORTED', 'a pushed manifest needs a tag or a digest');
    return await this.#push(ref, [], options, (target) => pushManifest(target, name, manifest));
  }

  /** All tags of a repository, as the registry orders them. */
  async tags(ref: Reference, options: RequestOptions = {}): Promise<string[]> {
    try {
      return await this.#walk.run(ref, walkOptions(true, options), (endpoint) => {
        const identity = identityOf(endpoint, [pullScope(ref.repository)], options);
        return listTags(this.#exchange, identity, ref.repository);
      });
    } catch (error) {
      throw pullError(error, ref);
    }
  }

  /** Checks credentials as `docker login` does. Throws REGISTRY_UNAUTHORIZED. */
  async login(
    registry: string,
    credentials: Credentials,
    options: { signal?: AbortSignal } = {},
  ): Promise<LoginResult> {
    return await this.#walk.run({ registry }, walkOptions(false, options), (endpoint) =>
      login(this.#exchange, identityOf(endpoint, [], { ...options, credentials })),
    );
  }

  /** Ends the kept connections. */
  close(): void {
    this.#transport.close();
  }

  async #push<T>(
    ref: Reference,
    moreScopes: readonly string[],
    options: RequestOptions,
    work: (target: PushTarget) => Promise<T>,
  ): Promise<T> {
    const { repository } = ref;
    const scopes = [`repository:${repository}:pull,push`, ...moreScopes];
    return await this.#walk.run(ref, walkOptions(false, options), (endpoint) =>
      work({ exchange: this.#exchange, identity: identityOf(endpoint, scopes, options), repository }),
    );
  }
}

function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

function walkOptions(mirrors: boolean, options: RequestOptions): { mirrors: boolean; signal?: AbortSignal } {
  return { mirrors, ...(options.signal && { signal: options.signal }) };
}

/** Mirrors do not get the user's credentials, which are meant for the registry itself. */
function identityOf(endpoint: Endpoint, scopes: readonly string[], options: RequestOptions): Identity {
  const { credentials, signal } = options;
  return {
    endpoint,
    scopes: [...scopes].sort(),
    ...(credentials && !endpoint.mirror && { credentials }),
    ...(signal && { signal }),
  };
}
