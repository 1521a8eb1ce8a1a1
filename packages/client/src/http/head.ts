import { fail } from '../errors.ts';

/** The first part of an HTTP/1.1 answer (RFC 9112 §4). Header names are lower-case; repeated ones are joined. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** Larger heads are refused. */
export const MAX_HEAD = 64 << 10;

/** Reads status line and header fields; `text` ends before the empty line. Throws ENGINE_PROTOCOL. */
export function parseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n');
  const match = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first);
  if (!match) throw fail('ENGINE_PROTOCOL', `not an HTTP answer: ${JSON.stringify(first.slice(0, 80))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw fail('ENGINE_PROTOCOL', `bad header field: ${JSON.stringify(line.slice(0, 80))}`);
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(match[1]), headers };
}
