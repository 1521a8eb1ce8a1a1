import { type Challenge, parseChallenges } from './challenge.ts';
import { basicHeader, type Send, type TokenRequest, TokenSource } from './token-source.ts';
import type { HttpResponse } from './transport.ts';
import type { Credentials, Endpoint } from './types.ts';

/** Who asks for what: the same for all requests of one pull or push at one endpoint. */
export interface Identity {
  readonly endpoint: Endpoint;
  /** For example `repository:library/busybox:pull`. */
  readonly scopes: readonly string[];
  readonly credentials?: Credentials;
  readonly signal?: AbortSignal;
}

const MAX_ENDPOINTS = 256;

/** Knows how each endpoint wants its requests authorised, from the challenges that it gave. */
export class Authorizer {
  readonly #tokens: TokenSource;
  readonly #challenges = new Map<string, Challenge>();

  constructor(options: { send: Send; now: () => number }) {
    this.#tokens = new TokenSource(options);
  }

  /** The Authorization header to send, or undefined when the endpoint has not asked for one yet (or nothing helps). */
  async header(identity: Identity): Promise<string | undefined> {
    const { credentials, endpoint } = identity;
    if (credentials?.registryToken) return `Bearer ${credentials.registryToken}`;
    const challenge = this.#challenges.get(endpoint.url);
    if (!challenge) return undefined;
    if (challenge.scheme === 'basic') return credentials?.username ? basicHeader(credentials) : undefined;
    const { token } = await this.#tokens.get(tokenRequest(identity, challenge));
    return `Bearer ${token}`;
  }

  /** Learns from a 401. Returns whether another attempt may do better; forgets the token `sent`, which was not taken. */
  learn(identity: Identity, response: HttpResponse, sent: string | undefined): boolean {
    const challenges = parseChallenges(response.headers['www-authenticate']);
    const challenge =
      challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters['realm'] !== undefined) ??
      challenges.find(({ scheme }) => scheme === 'basic');
    if (!challenge || identity.credentials?.registryToken) return false;
    if (this.#challenges.size >= MAX_ENDPOINTS) this.#challenges.clear();
    this.#challenges.set(identity.endpoint.url, challenge);
    if (challenge.scheme === 'basic') return identity.credentials?.username !== undefined;
    this.#tokens.forget(tokenRequest(identity, challenge), sent?.replace(/^Bearer /, ''));
    return true;
  }

  /** How the endpoint wants to be answered, if it has asked. */
  scheme(endpoint: Endpoint): string | undefined {
    return this.#challenges.get(endpoint.url)?.scheme;
  }

  /** Proves the credentials of `identity` to its token server and asks for a refresh token. */
  async login(identity: Identity): Promise<string | undefined> {
    const challenge = this.#challenges.get(identity.endpoint.url);
    if (challenge?.scheme !== 'bearer') return undefined;
    const { refreshToken } = await this.#tokens.get({ ...tokenRequest(identity, challenge), offline: true });
    return refreshToken;
  }
}

/** Our own scopes and the ones that the challenge names, in one order, so that equal wishes share a token. */
function tokenRequest(identity: Identity, challenge: Challenge): TokenRequest {
  const { realm = '', service, scope } = challenge.parameters;
  const named = (scope ?? '').split(' ').filter((text) => text !== '' && identity.scopes.length === 0);
  const scopes = [...new Set([...identity.scopes, ...named])].sort();
  const { endpoint, credentials, signal } = identity;
  return {
    endpoint,
    realm,
    scopes,
    ...(service !== undefined && { service }),
    ...(credentials && { credentials }),
    ...(signal && { signal }),
  };
}
