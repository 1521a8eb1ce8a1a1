import { createHash } from 'node:crypto';
import { fail } from './errors.ts';
import { remoteError } from './remote-error.ts';
import { type HttpRequest, type HttpResponse, readBody } from './transport.ts';
import type { Credentials, Endpoint } from './types.ts';

/** Sends one request and takes the answer as it is. */
export type Send = (request: HttpRequest, endpoint: Endpoint) => Promise<HttpResponse>;

/** What a token is wanted for (distribution, token authentication: `service` and `scope`). */
export interface TokenRequest {
  readonly endpoint: Endpoint;
  readonly realm: string;
  readonly service?: string;
  readonly scopes: readonly string[];
  readonly credentials?: Credentials;
  readonly signal?: AbortSignal;
  /** Ask for a refresh token too (a login). */
  readonly offline?: boolean;
}

/** What a token server gives. */
export interface Token {
  readonly token: string;
  readonly refreshToken?: string;
}

interface CachedToken extends Token {
  readonly expires: number;
}

const MAX_TOKEN_BODY = 1024 * 1024;
const MAX_TOKENS = 512;
/** Tokens live at least this long by definition when the server does not say (distribution, token specification). */
const DEFAULT_LIFE_S = 60;
/** Tokens are renewed this long before their end, so that they do not end on the way. */
const MARGIN_S = 10;
const CLIENT_ID = 'wharf';

/** Gets access tokens and keeps them until shortly before they expire. */
export class TokenSource {
  readonly #send: Send;
  readonly #now: () => number;
  readonly #tokens = new Map<string, CachedToken>();
  readonly #running = new Map<string, Promise<CachedToken>>();

  constructor(options: { send: Send; now: () => number }) {
    this.#send = options.send;
    this.#now = options.now;
  }

  /** A token for the request, from memory when there is one. Throws REGISTRY_UNAUTHORIZED and others. */
  async get(request: TokenRequest): Promise<Token> {
    const key = cacheKey(request);
    const known = this.#tokens.get(key);
    if (known && known.expires > this.#now() && !request.offline) return known;
    if (request.offline) return this.#keep(key, await this.#fetch(request));
    // The layers of one image are fetched at the same time and want the same token.
    // Who gives up does not take it from the others: the request itself is bounded by its idle time.
    const shared = { ...request, signal: undefined };
    const running = this.#running.get(key) ?? this.#fetch(shared).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return this.#keep(key, await running);
  }

  #keep(key: string, token: CachedToken): Token {
    this.#tokens.delete(key);
    this.#tokens.set(key, token);
    const oldest = this.#tokens.keys().next();
    if (this.#tokens.size > MAX_TOKENS && !oldest.done) this.#tokens.delete(oldest.value);
    return token;
  }

  /** Forgets a token that a server did not take; a newer one, which somebody else has fetched since, stays. */
  forget(request: TokenRequest, refused: string | undefined): void {
    const key = cacheKey(request);
    if (this.#tokens.get(key)?.token === refused) this.#tokens.delete(key);
  }

  async #fetch(request: TokenRequest): Promise<CachedToken> {
    const realm = realmUrl(request);
    const sent = request.credentials?.identityToken ? refreshRequest(realm, request) : basicRequest(realm, request);
    const response = await this.#send(sent, request.endpoint);
    if (response.status !== 200) throw await remoteError(response);
    const body = await readBody(response, MAX_TOKEN_BODY);
    const answer = parseAnswer(body?.toString() ?? '');
    const life = Math.max(answer.expires_in ?? DEFAULT_LIFE_S, DEFAULT_LIFE_S) - MARGIN_S;
    const refreshToken = answer.refresh_token;
    return { token: answer.token, expires: this.#now() + life * 1000, ...(refreshToken && { refreshToken }) };
  }
}

function cacheKey(request: TokenRequest): string {
  const { endpoint, realm, service = '', scopes, credentials = {} } = request;
  const { username = '', password = '', identityToken = '' } = credentials;
  const secret = createHash('sha256')
    .update(JSON.stringify([username, password, identityToken]))
    .digest('hex');
  return JSON.stringify([endpoint.url, realm, service, scopes, secret]);
}

/** The realm comes from the registry. A registry behind TLS may not send the user's secrets on in plain text. */
function realmUrl(request: TokenRequest): URL {
  const url = URL.parse(request.realm);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw fail('REGISTRY_PROTOCOL', `invalid token realm ${JSON.stringify(request.realm.slice(0, 256))}`);
  }
  if (url.protocol === 'http:' && request.credentials && !request.endpoint.url.startsWith('http:')) {
    throw fail('REGISTRY_PROTOCOL', `refusing to send credentials to ${url.origin} without TLS`);
  }
  return url;
}

function basicRequest(url: URL, request: TokenRequest): HttpRequest {
  const { service, scopes, credentials, offline, signal } = request;
  if (service) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (offline) url.searchParams.set('offline_token', 'true');
  const { username = '', password = '' } = credentials ?? {};
  if (username !== '') {
    url.searchParams.set('account', username);
    url.searchParams.set('client_id', CLIENT_ID);
  }
  const headers: Record<string, string> = username === '' ? {} : { authorization: basicHeader({ username, password }) };
  return { method: 'GET', url, headers, ...(signal && { signal }) };
}

function refreshRequest(url: URL, request: TokenRequest): HttpRequest {
  const { service, scopes, credentials, signal } = request;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: credentials?.identityToken ?? '',
    client_id: CLIENT_ID,
    service: service ?? '',
    scope: scopes.join(' '),
  });
  const body = Buffer.from(form.toString());
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  };
  return { method: 'POST', url, headers, body, ...(signal && { signal }) };
}

/** The value of an Authorization header for user name and password (RFC 7617). */
export function basicHeader(credentials: Credentials): string {
  return `Basic ${Buffer.from(`${credentials.username ?? ''}:${credentials.password ?? ''}`).toString('base64')}`;
}

function parseAnswer(body: string): { token: string; expires_in?: number; refresh_token?: string } {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    throw fail('REGISTRY_PROTOCOL', 'unable to decode token response', { cause });
  }
  const { token, access_token, expires_in, refresh_token } = (answer ?? {}) as Record<string, unknown>;
  const value = typeof token === 'string' && token !== '' ? token : access_token;
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw fail('REGISTRY_PROTOCOL', 'authorization server did not include a token in the response');
  }
  return {
    token: value,
    ...(typeof expires_in === 'number' && { expires_in }),
    ...(typeof refresh_token === 'string' && refresh_token !== '' && { refresh_token }),
  };
}
