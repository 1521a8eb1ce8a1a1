import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ContentStore } from '@wharf/content';
import { type Clock, Database, type Logger, messageOf } from '@wharf/kit';
import type { Digest } from '@wharf/spec';
import { sendEmpty, sendError } from './answer.ts';
import { Gate, type HubAuth } from './auth.ts';
import { blobRoute } from './blobs.ts';
import { fail } from './errors.ts';
import { Library } from './library.ts';
import { catalogRoute, referrersRoute, tagsRoute } from './listings.ts';
import { Manifests, type OnMissing } from './manifests.ts';
import { hubSchema, Records } from './records.ts';
import { type Action, actionOf, type Call, parseRoute, type Route, unsupported } from './route.ts';
import { type SeedOptions, seedFromLayout } from './seed.ts';
import { type UploadLimits, Uploads } from './uploads.ts';

/** What a Hub is made of. */
export interface HubOptions {
  /** Directory of its database and, unless `content` is given, of its blobs. */
  readonly root: string;
  /** A store shared with others: the Hub then never removes content from it (see `uses`). */
  readonly content?: ContentStore;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Brings a missing tag or digest, or all tags where none is named (by `seed`); true when it is worth another look. */
  readonly onMissing?: OnMissing;
  readonly auth?: HubAuth;
  /** Refuse pushes and deletions. */
  readonly readOnly?: boolean;
  readonly limits?: Partial<UploadLimits>;
}

/** A registry: the OCI distribution-spec v1.1 in full. */
export interface Hub {
  /** Answers one request; for servers of the caller's own. */
  handler(req: IncomingMessage, res: ServerResponse): void;
  /** Serves on an address; port 0 takes a free one. */
  listen(address: { host: string; port: number }): Promise<{ url: string }>;
  /** Ends serving (open requests are cut off) and closes the database. */
  close(): Promise<void>;
  /** Imports an image from an OCI image layout directory. */
  seed(ociLayoutDir: string, repository: string, tag: string, options?: SeedOptions): Promise<void>;
  /** Whether any repository needs this content: what a garbage collector of a shared store asks. */
  uses(digest: Digest): boolean;
  /** Throws away uploads that were given up. Happens by itself while the Hub serves. */
  expireUploads(): Promise<void>;
}

const DEFAULT_LIMITS: UploadLimits = { maxBlobBytes: 256 * 1024 ** 3, maxUploads: 4096, expiryMs: 24 * 3600 * 1000 };
const EXPIRY_CHECK_MS = 10 * 60 * 1000;
const IDLE_MS = 5 * 60 * 1000;
const EVERYTHING = { allows: () => true };

/** Opens (or makes) a Hub. Uploads that an earlier process left can be gone on with. */
export function createHub(options: HubOptions): Hub {
  mkdirSync(options.root, { recursive: true, mode: 0o700 });
  return new RegistryHub(options);
}

/**
 * A Hub without accounts trusts everybody who reaches its port. Web pages in a browser of this machine reach it too, and
 * browsers, unlike registry clients, say so.
 */
function refuseBrowsers(req: IncomingMessage): void {
  if (req.headers.origin === undefined) return;
  throw fail('HUB_DENIED', 'requested access to the resource is denied');
}

class RegistryHub implements Hub {
  readonly #options: HubOptions;
  readonly #library: Library;
  readonly #manifests: Manifests;
  readonly #uploads: Uploads;
  readonly #gate: Gate | undefined;
  readonly #running = new Set<Promise<void>>();
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HubOptions) {
    const { root, content, clock, logger, auth, onMissing } = options;
    this.#options = options;
    this.#library = new Library({
      records: new Records(new Database(join(root, 'hub.db'), [hubSchema])),
      content: content ?? new ContentStore({ root: join(root, 'content') }),
      ownsContent: content === undefined,
      clock,
      logger,
    });
    this.#manifests = new Manifests(this.#library, onMissing);
    this.#uploads = new Uploads(this.#library, { ...DEFAULT_LIMITS, ...options.limits });
    this.#gate = auth && new Gate(auth, { clock, root });
  }

  handler = (req: IncomingMessage, res: ServerResponse): void => {
    const answering = this.#answer(req, res).catch((error: unknown) => {
      sendError(req, res, error, this.#library.logger);
    });
    this.#running.add(answering);
    void answering.finally(() => this.#running.delete(answering));
  };

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    res.setHeader('docker-distribution-api-version', 'registry/2.0');
    const [path = '', search = ''] = (req.url ?? '').split('?', 2);
    const route = parseRoute(path);
    const { method = '' } = req;
    const query = new URLSearchParams(search);
    if (route.name === 'token') {
      if (!this.#gate) throw unsupported();
      await this.#gate.tokenRoute({ req, res, method, query });
      return;
    }
    const action = actionOf(route, method);
    const permission = this.#gate ? await this.#gate.admit(req, route, action) : EVERYTHING;
    if (!this.#gate && action !== 'pull') refuseBrowsers(req);
    if (this.#options.readOnly && action !== 'pull') throw unsupported();
    const allows = (repository: string, wanted: Action) => permission.allows(repository, wanted);
    await this.#dispatch({ req, res, method, query, allows }, route);
  }

  async #dispatch(call: Call, route: Route): Promise<void> {
    switch (route.name) {
      case 'blob':
        return await blobRoute(this.#library, call, route.repository, route.reference);
      case 'manifest':
        return await this.#manifests.route(call, route.repository, route.reference);
      case 'uploads':
        return await this.#uploads.begin(call, route.repository);
      case 'upload':
        return await this.#uploads.route(call, route.repository, route.id);
      case 'tags':
        return await tagsRoute(this.#library, call, route.repository, this.#manifests);
      case 'referrers':
        return referrersRoute(this.#library, call, route.repository, route.reference);
      case 'catalog':
        return catalogRoute(this.#library, call);
      default:
        if (call.method !== 'GET' && call.method !== 'HEAD') throw unsupported();
        return sendEmpty(call.res, 200);
    }
  }

  async listen({ host, port }: { host: string; port: number }): Promise<{ url: string }> {
    const server = createServer({ requestTimeout: 0, headersTimeout: 30_000 }, this.handler);
    server.timeout = IDLE_MS;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(port, host, resolve);
    await promise;
    this.#server = server;
    await this.expireUploads();
    this.#timer = setInterval(() => {
      this.expireUploads().catch((error: unknown) => {
        this.#library.logger.warn('old uploads could not be removed', { error: messageOf(error) });
      });
    }, EXPIRY_CHECK_MS).unref();
    const address = server.address() as AddressInfo;
    return { url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}` };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const server = this.#server;
    if (server) {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    }
    await Promise.all(this.#running);
    this.#library.records.close();
  }

  async seed(ociLayoutDir: string, repository: string, tag: string, options?: SeedOptions): Promise<void> {
    await seedFromLayout(this.#library, ociLayoutDir, repository, tag, options);
  }

  uses(digest: Digest): boolean {
    return this.#library.records.isUsed(digest);
  }

  async expireUploads(): Promise<void> {
    await this.#uploads.expire();
  }
}
