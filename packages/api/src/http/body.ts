/** Reading request bodies: bounded, and with Docker's words for what is wrong. */
import type { IncomingMessage } from 'node:http';
import { messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';

/** Largest JSON body that any route takes, in bytes. */
export const JSON_LIMIT = 16 * 1024 * 1024;

/** Reads a whole body. Throws BODY_TOO_LARGE, CLIENT_GONE. */
export async function readBody(req: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => fail('BODY_TOO_LARGE', `request body too large: the limit is ${limit} bytes`);
  if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Without destroyOnReturn the answer to an oversized body could not be sent any more.
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) continue;
      size += chunk.length;
      if (size > limit) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw fail('CLIENT_GONE', 'the client closed the connection', { cause: error });
  }
  if (size > limit) throw tooLarge();
  return Buffer.concat(chunks);
}

/** True when the request carries a body, be it of unknown length. */
export function hasBody(req: IncomingMessage): boolean {
  if (req.headers['transfer-encoding'] !== undefined) return true;
  return Number(req.headers['content-length'] ?? 0) > 0;
}

/** Refuses a body that does not say it is JSON. Throws BAD_PARAMETER. */
export function checkJsonType(req: IncomingMessage): void {
  const header = req.headers['content-type'] ?? '';
  if (header === '' && !hasBody(req)) return;
  if (header === '') throw fail('BAD_PARAMETER', 'malformed Content-Type header (): mime: no media type');
  const type = header.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw fail('BAD_PARAMETER', `unsupported Content-Type header (${header}): must be 'application/json'`);
  }
}

function jsonProblem(error: unknown): string {
  const text = messageOf(error);
  if (text.includes('after JSON')) return 'unexpected content after JSON';
  if (/end of JSON input|Unterminated string/.test(text)) return 'invalid JSON: unexpected EOF';
  const token = /^Unexpected token '(.+?)', /su.exec(text)?.[1];
  return token === undefined ? `invalid JSON: ${text}` : `invalid JSON: invalid character '${token}' in request body`;
}

/** The value of a JSON body that was read already. Throws BAD_PARAMETER (content type), INVALID_JSON. */
export function parseJson(req: IncomingMessage, body: Buffer): unknown {
  checkJsonType(req);
  const text = body.toString('utf8');
  if (text.trim() === '') throw fail('INVALID_JSON', 'invalid JSON: got EOF while reading request body');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail('INVALID_JSON', jsonProblem(error), { cause: error });
  }
}

/** Reads a JSON body. Throws BAD_PARAMETER (content type), BODY_TOO_LARGE, INVALID_JSON. */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  checkJsonType(req);
  return parseJson(req, await readBody(req, JSON_LIMIT));
}

/** Largest body before a takeover, in bytes. */
const MAX_SMALL_BODY = 64 * 1024;

/** The body before a takeover. Undefined when the client left or sends too much. */
export async function readSmallBody(req: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  return await new Promise((resolve) => {
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_SMALL_BODY) resolve(undefined);
      else chunks.push(chunk);
    });
    req.once('end', () => resolve(Buffer.concat(chunks)));
    req.once('error', () => resolve(undefined));
    req.once('close', () => resolve(!hasBody(req) || req.complete ? Buffer.concat(chunks) : undefined));
  });
}
