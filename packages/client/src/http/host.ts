import { fail } from '../errors.ts';

/** Where an engine listens. */
export type Host =
  | { readonly kind: 'unix'; readonly path: string; readonly name: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly name: string };

const DEFAULT_TCP_PORT = 2375;

/** Reads `unix:///path` and `tcp://host[:port]`. Throws ENGINE_HOST. */
export function parseHost(text: string): Host {
  const scheme = text.indexOf('://');
  if (scheme < 0) throw fail('ENGINE_HOST', `unable to parse docker host \`${text}\``);
  const [kind, rest] = [text.slice(0, scheme), text.slice(scheme + 3)];
  if (kind === 'unix') return { kind, path: rest, name: text };
  if (kind === 'tcp' || kind === 'http') {
    const match = /^(\[[0-9a-fA-F:.%]+\]|[^:/]*)(?::(\d{1,5}))?\/*$/.exec(rest);
    if (!match) throw fail('ENGINE_HOST', `invalid engine address \`${text}\`: expected tcp://HOST[:PORT]`);
    const host = (match[1] ?? '').replace(/^\[|\]$/g, '') || '127.0.0.1';
    return { kind: 'tcp', host, port: Number(match[2] ?? DEFAULT_TCP_PORT), name: text };
  }
  if (kind === 'ssh' || kind === 'https') {
    throw fail('ENGINE_HOST', `engine addresses with ${kind}:// are not supported yet; use unix:// or tcp://`);
  }
  throw fail('ENGINE_HOST', `unknown scheme in engine address \`${text}\`; use unix:// or tcp://`);
}
