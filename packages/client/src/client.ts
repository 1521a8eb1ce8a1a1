import { endpoints } from './endpoints.ts';
import { parseHost } from './http/host.ts';
import { Pool } from './http/pool.ts';
import { NEWEST_VERSION, Requester } from './requester.ts';

type Endpoints = typeof endpoints;
type Operations = {
  [K in keyof Endpoints]: Endpoints[K] extends (engine: Requester, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never;
};

/** An engine, ready to be asked. Every operation throws WharfError: ENGINE_ANSWER, ENGINE_UNREACHABLE, ENGINE_GONE, … */
export interface Client extends Operations {
  /** The address as it was given. */
  readonly host: string;
  /** The newest API version that this client speaks. */
  readonly newestVersion: string;
  /** The API version in use; negotiated at the first call. */
  apiVersion(): Promise<string>;
  /** Closes idle connections; streams that are in use go on. */
  close(): void;
}

export interface ClientOptions {
  /** `unix:///path` or `tcp://host[:port]` */
  readonly host: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Speak exactly this API version and do not negotiate. */
  readonly version?: string;
  /**
   * Called once when nobody listens at the address; when it resolves, connecting is tried again. What it throws is thrown
   * in place of ENGINE_UNREACHABLE.
   */
  onUnreachable?(): Promise<void>;
}

/** Makes a client; nothing is sent before its first operation. Throws ENGINE_HOST. */
export function createClient(options: ClientOptions): Client {
  const pool = new Pool(parseHost(options.host), options.onUnreachable);
  const engine = new Requester(pool, options.headers ?? {}, options.version?.replace(/^v/, ''));
  const operations: Record<string, unknown> = {};
  for (const [name, operation] of Object.entries(endpoints)) {
    operations[name] = (...rest: never[]) => (operation as (...all: never[]) => unknown)(engine as never, ...rest);
  }
  return {
    ...(operations as Operations),
    host: options.host,
    newestVersion: NEWEST_VERSION,
    apiVersion: () => engine.version(),
    close: () => pool.close(),
  };
}
