import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Clock, errnoOf, writeFileAtomic } from '@wharf/kit';
import { isRepositoryName } from '@wharf/spec';
import { sendJson } from './answer.ts';
import { fail } from './errors.ts';
import type { Action, Call, Route } from './route.ts';
import { type Claims, signToken, verifyToken } from './signed-token.ts';

/** How the Hub is protected. Without it everybody may do everything. */
export interface HubAuth {
  /** `basic`: each request carries user and password. `token`: they are exchanged at `/token` for tokens that expire. */
  readonly scheme: 'basic' | 'token';
  /** Passwords by user name, or a function that checks a password. */
  readonly users: Readonly<Record<string, string>> | ((user: string, password: string) => boolean | Promise<boolean>);
  /** What a user (undefined: nobody in particular) may do. By default users everything and nobody nothing. */
  allows?(user: string | undefined, repository: string, action: Action): boolean;
  /** Seconds that an access token lives; 300 unless told. */
  readonly tokenSeconds?: number;
  /** The URL of `/token` as clients reach it; made from the request's Host header unless told. */
  readonly realm?: string;
}

const ACTIONS: readonly Action[] = ['pull', 'push', 'delete'];
const REFRESH_MS = 90 * 24 * 3600 * 1000;
const MAX_FORM = 16 * 1024;
const MAX_SCOPES = 100;
const SERVICE = 'wharf-hub';

/** What the rest of a request may do. */
export interface Permission {
  readonly user?: string;
  allows(repository: string, action: Action): boolean;
}

/** Decides who may do what, and gives out tokens (distribution, token authentication specification). */
export class Gate {
  readonly #auth: HubAuth;
  readonly #clock: Clock;
  readonly #key: Uint8Array;

  constructor(auth: HubAuth, options: { clock: Clock; root: string }) {
    this.#auth = auth;
    this.#clock = options.clock;
    this.#key = loadKey(join(options.root, 'token.key'));
  }

  async #verify(user: string, password: string): Promise<boolean> {
    const { users } = this.#auth;
    if (typeof users === 'function') return await users(user, password);
    const known = Object.hasOwn(users, user) ? users[user] : undefined;
    return sameText(known ?? randomBytes(16).toString('hex'), password) && known !== undefined;
  }

  #allows(user: string | undefined, repository: string, action: Action): boolean {
    return this.#auth.allows ? this.#auth.allows(user, repository, action) : user !== undefined;
  }

  /** Lets a request pass or throws HUB_UNAUTHORIZED (with the challenge) or HUB_DENIED. */
  async admit(req: IncomingMessage, route: Route, action: Action): Promise<Permission> {
    const repository = 'repository' in route ? route.repository : undefined;
    const needed = repository === undefined ? undefined : neededScope(repository, action);
    if (this.#auth.scheme === 'token') return this.#admitToken(req, repository, action, needed);
    const basic = parseBasic(req.headers.authorization);
    const known = basic !== undefined && (await this.#verify(basic.user, basic.password));
    const user = known ? basic.user : undefined;
    const may = user !== undefined || (basic === undefined && this.#allows(undefined, repository ?? '', action));
    if (!may) throw unauthorized('Basic realm="wharf-hub"');
    if (repository !== undefined && !this.#allows(user, repository, action)) throw denied();
    return { ...(user !== undefined && { user }), allows: (name, wanted) => this.#allows(user, name, wanted) };
  }

  #admitToken(req: IncomingMessage, repository: string | undefined, action: Action, scope?: string): Permission {
    const token = /^Bearer (\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    const claims = token === undefined ? undefined : verifyToken(token, this.#key, this.#clock.now());
    const challenge = [`realm="${this.#realm(req)}"`, `service="${SERVICE}"`, ...(scope ? [`scope="${scope}"`] : [])];
    if (token === undefined) throw unauthorized(`Bearer ${challenge.join(',')}`);
    if (claims?.kind !== 'access') throw unauthorized(`Bearer ${[...challenge, 'error="invalid_token"'].join(',')}`);
    const allows = (name: string, wanted: Action) =>
      Object.hasOwn(claims.access, name) &&
      claims.access[name]?.includes(wanted) === true &&
      this.#allows(claims.user, name, wanted);
    if (repository !== undefined && !allows(repository, action)) {
      throw unauthorized(`Bearer ${[...challenge, 'error="insufficient_scope"'].join(',')}`);
    }
    const catalog = (name: string, wanted: Action) => this.#allows(claims.user, name, wanted);
    return {
      ...(claims.user !== undefined && { user: claims.user }),
      allows: repository === undefined ? catalog : allows,
    };
  }

  #realm(req: IncomingMessage): string {
    if (this.#auth.realm) return this.#auth.realm;
    const { host = 'localhost' } = req.headers;
    if (!/^[A-Za-z0-9.:[\]-]{1,255}$/.test(host)) throw fail('HUB_NO_ENDPOINT', 'invalid host');
    return `http://${host}/token`;
  }

  /** GET and POST of `/token`. */
  async tokenRoute(call: Pick<Call, 'req' | 'res' | 'method' | 'query'>): Promise<void> {
    if (this.#auth.scheme !== 'token') throw fail('HUB_NO_ENDPOINT', 'page not found');
    if (call.method === 'POST') await this.#oauth(call);
    else if (call.method === 'GET') await this.#exchange(call);
    else throw fail('HUB_UNSUPPORTED', 'The operation is unsupported.');
  }

  /** User and password (or nothing) for a token. */
  async #exchange({ req, res, query }: Pick<Call, 'req' | 'res' | 'query'>): Promise<void> {
    const basic = parseBasic(req.headers.authorization);
    if (req.headers.authorization !== undefined && !basic) throw incorrect();
    if (basic && !(await this.#verify(basic.user, basic.password))) throw incorrect();
    const scopes = query.getAll('scope').flatMap((scope) => scope.split(' '));
    this.#grant(res, basic?.user, scopes, basic !== undefined && query.get('offline_token') === 'true');
  }

  /** The oauth2 variant: a refresh token, or user and password in a form. */
  async #oauth({ req, res }: Pick<Call, 'req' | 'res'>): Promise<void> {
    const form = new URLSearchParams(await readForm(req));
    const scopes = (form.get('scope') ?? '').split(' ');
    if (form.get('grant_type') === 'refresh_token') {
      const claims = verifyToken(form.get('refresh_token') ?? '', this.#key, this.#clock.now());
      if (claims?.kind !== 'refresh' || claims.user === undefined) throw incorrect();
      this.#grant(res, claims.user, scopes, false);
      return;
    }
    const user = form.get('username') ?? '';
    if (form.get('grant_type') !== 'password') throw fail('HUB_UNSUPPORTED', 'unsupported grant type');
    if (!(await this.#verify(user, form.get('password') ?? ''))) throw incorrect();
    this.#grant(res, user, scopes, form.get('access_type') === 'offline');
  }

  #grant(res: ServerResponse, user: string | undefined, scopes: readonly string[], withRefresh: boolean): void {
    const now = this.#clock.now();
    const seconds = this.#auth.tokenSeconds ?? 300;
    const who = user === undefined ? {} : { user };
    const access = this.#access(user, scopes);
    const token = signToken({ kind: 'access', ...who, access, expires: now + seconds * 1000 }, this.#key);
    const refresh: Claims = { kind: 'refresh', ...who, access: {}, expires: now + REFRESH_MS };
    res.setHeader('cache-control', 'no-store');
    sendJson(res, 200, {
      token,
      access_token: token,
      expires_in: seconds,
      issued_at: new Date(now).toISOString(),
      ...(withRefresh && { refresh_token: signToken(refresh, this.#key) }),
    });
  }

  /** Of what was asked for, what the user may do. */
  #access(user: string | undefined, scopes: readonly string[]): Record<string, Action[]> {
    const access: Record<string, Action[]> = Object.create(null);
    for (const scope of scopes.slice(0, MAX_SCOPES)) {
      const [, repository = '', wanted = ''] = /^repository:([^:]+):([a-z,*]+)$/.exec(scope) ?? [];
      if (!isRepositoryName(repository)) continue;
      const names = wanted.split(',');
      const granted = ACTIONS.filter((action) => names.includes(action) || names.includes('*'));
      const allowed = granted.filter((action) => this.#allows(user, repository, action));
      access[repository] = [...new Set([...(access[repository] ?? []), ...allowed])];
    }
    return access;
  }
}

function neededScope(repository: string, action: Action): string {
  return `repository:${repository}:${action === 'push' ? 'pull,push' : action}`;
}

/** The signing key outlives restarts, so that refresh tokens do. */
function loadKey(path: string): Uint8Array {
  try {
    const key = readFileSync(path);
    if (key.length >= 32) return key;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const key = randomBytes(32);
  writeFileAtomic(path, key, 0o600);
  return key;
}

function sameText(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function parseBasic(header: string | undefined): { user: string; password: string } | undefined {
  const text = /^Basic ([A-Za-z0-9+/=_-]{1,4096})$/i.exec(header ?? '')?.[1];
  const [, user, password] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(text ?? '', 'base64').toString()) ?? [];
  return user === undefined || password === undefined ? undefined : { user, password };
}

async function readForm(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (text.length > MAX_FORM) throw fail('HUB_TOO_LARGE', `the form is larger than ${MAX_FORM} bytes`);
  }
  return text;
}

function unauthorized(challenge: string): Error {
  const details = { headers: { 'www-authenticate': challenge } };
  return fail('HUB_UNAUTHORIZED', 'authentication required', { details });
}

function incorrect(): Error {
  return fail('HUB_UNAUTHORIZED', 'incorrect username or password');
}

function denied(): Error {
  return fail('HUB_DENIED', 'requested access to the resource is denied');
}
