import { messageOf } from '@wharf/kit';
import { answerError, fail } from './errors.ts';
import type { WireResponse } from './http/connection.ts';
import type { HijackedStream } from './http/hijacked.ts';
import type { Pool } from './http/pool.ts';

/** The newest API version this client speaks, and the one assumed of an engine that does not tell its own. */
export const NEWEST_VERSION = '1.55';
const SILENT_VERSION = '1.24';

/** Bounds of whole answers, bytes. */
const MAX_JSON = 64 << 20;
const MAX_ERROR = 1 << 20;

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface RequestOptions {
  /** True becomes `1`; false, undefined and the empty text are left out. */
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** A body that is sent as it comes, in place of `body`. A chunk's memory may be used again when the next is asked for. */
  readonly upload?: AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const each of value as readonly string[]) parameters.append(name, each);
    else if (value === true) parameters.append(name, '1');
    else if (value !== undefined && value !== false && value !== '') parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** `1.9` < `1.10`. */
export function isOlder(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor === bMajor ? aMinor < bMinor : aMajor < bMajor;
}

async function throwAnswer(response: WireResponse, target: string): Promise<never> {
  const text = (await response.body.bytes(MAX_ERROR)).toString('utf8').trim();
  let message = text;
  if (response.headers.get('content-type')?.startsWith('application/json')) {
    try {
      const parsed: unknown = JSON.parse(text);
      const found = typeof parsed === 'object' && parsed !== null && 'message' in parsed ? parsed.message : undefined;
      if (typeof found === 'string') message = found.trim();
    } catch {
      // A body that claims to be JSON and is not: its text says more than a parser's complaint.
    }
  }
  throw answerError(
    response.status,
    message || `request returned status ${response.status} for ${target}, check if the server supports the API version`,
  );
}

/** Speaks the Engine API: versions in paths, JSON in bodies, errors as WharfError. What endpoints are written with. */
export class Requester {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fixedVersion: string | undefined;
  #negotiated: Promise<string> | undefined;

  constructor(pool: Pool, headers: Readonly<Record<string, string>>, version: string | undefined) {
    this.#pool = pool;
    this.#headers = headers;
    this.#fixedVersion = version;
  }

  /** The API version in use: the given one, or the newest that both sides know (asked once). */
  version(): Promise<string> {
    if (this.#fixedVersion !== undefined) return Promise.resolve(this.#fixedVersion);
    this.#negotiated ??= this.#negotiate().catch((error: unknown) => {
      this.#negotiated = undefined;
      throw error;
    });
    return this.#negotiated;
  }

  async #negotiate(): Promise<string> {
    const response = await this.send('HEAD', '/_ping', {}, { unversioned: true });
    const theirs = response.headers.get('api-version') ?? SILENT_VERSION;
    return isOlder(theirs, NEWEST_VERSION) ? theirs : NEWEST_VERSION;
  }

  /** Sends a request; resolves when the head of a good answer is there, throws ENGINE_ANSWER for a bad one. */
  async send(
    method: string,
    path: string,
    options: RequestOptions = {},
    mode: { readonly unversioned?: boolean; readonly hijack?: boolean } = {},
  ): Promise<WireResponse> {
    const prefix = mode.unversioned ? '' : `/v${await this.version()}`;
    const target = `${prefix}${path}${queryString(options.query)}`;
    const headers: Record<string, string> = {
      Host: this.#pool.authority,
      'User-Agent': 'Wharf-Client/0.1.0 (linux)',
      ...this.#headers,
      ...options.headers,
    };
    if (options.body !== undefined) headers['Content-Type'] = 'application/json';
    if (mode.hijack) Object.assign(headers, { Connection: 'Upgrade', Upgrade: 'tcp' });
    const body = options.body === undefined ? {} : { body: Buffer.from(JSON.stringify(options.body)) };
    const upload = options.upload ? { upload: options.upload } : {};
    const wire = { method, target, headers, hijack: mode.hijack ?? false, ...body, ...upload };
    const response = await this.#pool.send(wire, options.signal ?? undefined);
    if (response.status >= 400) await throwAnswer(response, target);
    return response;
  }

  /** A request whose answer is one JSON value. */
  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.send(method, path, options);
    return parseJson<T>(await response.body.bytes(MAX_JSON));
  }

  /** A request whose answer has nothing to tell. */
  async done(method: string, path: string, options: RequestOptions = {}): Promise<void> {
    const response = await this.send(method, path, options);
    await response.body.bytes(MAX_JSON);
  }

  /** A request that turns its connection into a stream. */
  async hijack(path: string, options: RequestOptions = {}): Promise<HijackedStream> {
    const response = await this.send('POST', path, options, { hijack: true });
    if (!response.stream) throw fail('ENGINE_PROTOCOL', `the engine did not open a stream (status ${response.status})`);
    return response.stream;
  }
}

/** Reads one JSON value. Throws ENGINE_PROTOCOL. */
export function parseJson<T>(bytes: Buffer): T {
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch (cause) {
    throw fail('ENGINE_PROTOCOL', `the engine's answer is not JSON: ${messageOf(cause)}`, { cause });
  }
}
