import { setTimeout as delay } from 'node:timers/promises';
import { isCode, type Logger, messageOf, WharfError } from '@wharf/kit';
import { Authorizer, type Identity } from './authorizer.ts';
import { fail } from './errors.ts';
import { remoteError } from './remote-error.ts';
import { discard, type HttpRequest, type HttpResponse, type Transport } from './transport.ts';
import type { Endpoint } from './types.ts';

/** How often and how patiently failed requests are repeated. Times are milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** The longest wait that a server can ask for with Retry-After. */
  readonly maxRetryAfterMs: number;
}

/** A request as the operations see it; the authorisation is added here. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, or below the endpoint. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpRequest['body'];
  /** Statuses that are an answer; all others are errors. */
  readonly accept: readonly number[];
  /** Do not repeat: the body can be sent only once, or the caller repeats by himself. */
  readonly once?: boolean;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Failures of a server that may be over with the next request. */
const PASSING_STATUS = new Set([429, 500, 502, 503, 504]);

/** Sends requests to registries: authorisation, redirects, repetition. */
export class Exchange {
  readonly #transport: Transport;
  readonly #authorizer: Authorizer;
  readonly #userAgent: string;
  readonly #retry: RetryPolicy;
  readonly #logger: Logger;
  readonly #now: () => number;

  constructor(options: {
    transport: Transport;
    userAgent: string;
    retry: RetryPolicy;
    logger: Logger;
    now: () => number;
  }) {
    this.#transport = options.transport;
    this.#userAgent = options.userAgent;
    this.#retry = options.retry;
    this.#logger = options.logger;
    this.#now = options.now;
    this.#authorizer = new Authorizer({
      now: options.now,
      send: (request, endpoint) => this.#sendToken(request, endpoint),
    });
  }

  get authorizer(): Authorizer {
    return this.#authorizer;
  }

  #sendToken(request: HttpRequest, endpoint: Endpoint): Promise<HttpResponse> {
    const headers = { ...request.headers, 'user-agent': this.#userAgent, accept: 'application/json' };
    // The exemption from verified TLS is for the registry's own host, not for whatever its challenge names.
    const trust = request.url.host === new URL(endpoint.url).host ? endpoint : endpointTrust(endpoint);
    return this.#repeat(false, request.signal, () => this.#transport.send({ ...request, headers }, trust));
  }

  /** Sends a request; the answer has one of the accepted statuses. Throws what `remoteError` and the transport throw. */
  async send(identity: Identity, request: ExchangeRequest): Promise<HttpResponse> {
    const once = request.once === true || identity.endpoint.mirror === true;
    const response = await this.#repeat(once, identity.signal, () => this.#authorized(identity, request));
    if (request.accept.includes(response.status)) return response;
    throw await this.#refusal(identity, request, response);
  }

  async #refusal(identity: Identity, request: ExchangeRequest, response: HttpResponse): Promise<WharfError> {
    const error = await remoteError(response);
    if (response.status !== 401 || this.#authorizer.scheme(identity.endpoint) !== 'basic') return error;
    if (identity.credentials?.username) return error;
    // Docker asks for the head of a tag first, so that is what its message names; a push names nothing.
    const isTag = response.url.pathname.includes('/manifests/') && !response.url.pathname.includes(':', 1);
    const asked = request.method === 'GET' ? `${isTag ? 'Head' : 'Get'} "${response.url}": ` : '';
    const message = `${asked}no basic auth credentials`;
    return fail('REGISTRY_UNAUTHORIZED', message, { details: error.details });
  }

  /** Repeats what failed in passing, with growing pauses or the pauses that the server asks for. */
  async #repeat(
    once: boolean,
    signal: AbortSignal | undefined,
    send: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    for (let attempt = 1; ; attempt += 1) {
      const last = once || attempt >= this.#retry.attempts;
      let pause = Math.min(this.#retry.maxMs, this.#retry.baseMs * 2 ** (attempt - 1));
      try {
        const response = await send();
        if (last || !PASSING_STATUS.has(response.status)) return response;
        discard(response);
        pause = this.#retryAfter(response) ?? pause;
        this.#logger.debug('registry request will be repeated', { url: response.url.origin, status: response.status });
      } catch (error) {
        if (last || !isPassing(error)) throw error;
        this.#logger.debug('registry request will be repeated', { error: messageOf(error) });
      }
      await this.pause(pause, signal);
    }
  }

  /** Waits, with some chance in it so that many clients do not come back at the same time. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    try {
      await delay(ms * (0.75 + Math.random() / 4), undefined, signal ? { signal } : {});
    } catch (cause) {
      throw fail('REQUEST_CANCELLED', 'context canceled', { cause });
    }
  }

  #retryAfter(response: HttpResponse): number | undefined {
    const value = response.headers['retry-after'];
    if (value === undefined) return undefined;
    const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - this.#now();
    return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), this.#retry.maxRetryAfterMs) : undefined;
  }

  /** One attempt: with what we know of the endpoint's wishes, and again after it has told them. */
  async #authorized(identity: Identity, request: ExchangeRequest): Promise<HttpResponse> {
    const response = await this.#follow(identity, request);
    if (response.status !== 401 || !isOwn(identity.endpoint, response.url)) return response;
    if (!this.#authorizer.learn(identity, response, response.request.headers['authorization']) || request.once)
      return response;
    discard(response);
    return await this.#follow(identity, request);
  }

  async #follow(identity: Identity, request: ExchangeRequest): Promise<HttpResponse> {
    const { endpoint, signal } = identity;
    let url = endpointUrl(endpoint, request);
    for (let hop = 0; ; hop += 1) {
      const own = isOwn(endpoint, url);
      const authorization = own ? await this.#authorizer.header(identity) : undefined;
      const headers = { 'user-agent': this.#userAgent, ...request.headers, ...(authorization && { authorization }) };
      const { method, body } = request;
      const sent = { method, url, headers, ...(body !== undefined && { body }), ...(signal && { signal }) };
      const response = await this.#transport.send(sent, own ? endpoint : endpointTrust(endpoint));
      const location = response.headers.location;
      const follows =
        REDIRECTS.has(response.status) && location !== undefined && (method === 'GET' || method === 'HEAD');
      if (!follows) return response;
      discard(response);
      if (hop >= MAX_REDIRECTS)
        throw fail('REGISTRY_PROTOCOL', `Get "${url}": stopped after ${MAX_REDIRECTS} redirects`);
      url = resolveLocation(location, url);
    }
  }
}

/** What another host than the registry's own is trusted with: nothing beyond the certificates that are known anyway. */
function endpointTrust(endpoint: Endpoint): Pick<Endpoint, 'insecure' | 'ca'> {
  return endpoint.ca === undefined ? {} : { ca: endpoint.ca };
}

/** Resolves a Location header. Throws REGISTRY_PROTOCOL. */
export function resolveLocation(location: string, base: URL): URL {
  const url = URL.parse(location, base);
  if (url) return url;
  throw fail(
    'REGISTRY_PROTOCOL',
    `invalid location ${JSON.stringify(location.slice(0, 256))} in an answer of ${base.origin}`,
  );
}

function isOwn(endpoint: Endpoint, url: URL): boolean {
  return url.origin === new URL(endpoint.url).origin;
}

function endpointUrl(endpoint: Endpoint, request: ExchangeRequest): URL {
  if (request.path instanceof URL) return new URL(request.path);
  const url = new URL(request.path, endpoint.url);
  if (endpoint.namespace && (request.method === 'GET' || request.method === 'HEAD')) {
    url.searchParams.set('ns', endpoint.namespace);
  }
  return url;
}

/** True for failures that another attempt can mend: broken connections, not refused ones. */
export function isPassing(error: unknown): boolean {
  return isCode(error, 'REGISTRY_UNREACHABLE') && error.details['passing'] === true;
}

/** True for answers and failures after which a whole upload may be tried again. */
export function mayTryAgain(error: unknown): boolean {
  if (isPassing(error)) return true;
  const status = error instanceof WharfError ? error.details['status'] : undefined;
  return typeof status === 'number' && (PASSING_STATUS.has(status) || status === 401);
}
