import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Action } from './route.ts';

/** What a token says. `expires` is in milliseconds since 1970. */
export interface Claims {
  readonly kind: 'access' | 'refresh';
  /** The user, or undefined for somebody who did not say who he is. */
  readonly user?: string;
  /** Repositories with what may be done to them. */
  readonly access: Readonly<Record<string, readonly Action[]>>;
  readonly expires: number;
}

const MAX_TOKEN = 8192;

/** Signs claims: `<base64url of the JSON>.<base64url of its HMAC-SHA-256>`. */
export function signToken(claims: Claims, key: Uint8Array): string {
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}

/** The claims of a token of ours that has not expired. */
export function verifyToken(token: string, key: Uint8Array, now: number): Claims | undefined {
  const [body = '', signature = '', ...more] = token.slice(0, MAX_TOKEN).split('.');
  const wanted = createHmac('sha256', key).update(body).digest();
  const given = Buffer.from(signature, 'base64url');
  if (more.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
  return claims.expires > now ? claims : undefined;
}
