import { pipeline } from 'node:stream/promises';
import { errnoOf, isCode } from '@wharf/kit';
import type { Digest } from '@wharf/spec';
import { sendEmpty } from './answer.ts';
import { fail } from './errors.ts';
import type { Library } from './library.ts';
import { type Call, digestFrom, unsupported } from './route.ts';

/** A range of bytes, both ends inclusive. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Reads a Range header with one range (RFC 9110, section 14.1.2); anything else means the whole. Throws HUB_RANGE. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start < size && start <= end) return { start, end };
  throw fail('HUB_RANGE', 'the range is not satisfiable', {
    details: { headers: { 'content-range': `bytes */${size}` } },
  });
}

/** GET, HEAD and DELETE of a blob (distribution-spec, end-2 and end-10). */
export async function blobRoute(library: Library, call: Call, repository: string, reference: string): Promise<void> {
  const digest = digestFrom(reference);
  const size = library.records.blobSize(repository, digest);
  if (size === undefined) throw unknown(digest);
  if (call.method === 'DELETE') {
    library.records.unlinkBlob(repository, digest);
    await library.release(digest);
    sendEmpty(call.res, 202);
  } else if (call.method === 'GET' || call.method === 'HEAD') {
    await sendBlob(library, call, digest, size);
  } else throw unsupported();
}

function unknown(digest: Digest): Error {
  return fail('HUB_BLOB_UNKNOWN', 'blob unknown to registry', { details: { detail: { digest } } });
}

async function sendBlob(library: Library, { req, res, method }: Call, digest: Digest, size: number): Promise<void> {
  const headers = {
    'docker-content-digest': digest,
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    // The content of a digest never changes.
    'cache-control': 'max-age=31536000',
    etag: `"${digest}"`,
  };
  if (req.headers['if-none-match'] === headers.etag) {
    res.writeHead(304, headers).end();
    return;
  }
  const condition = req.headers['if-range'];
  const range = condition !== undefined && condition !== headers.etag ? undefined : parseRange(req.headers.range, size);
  const length = range ? range.end - range.start + 1 : size;
  const head = { ...headers, 'content-length': length };
  const body = method === 'HEAD' ? undefined : await openBlob(library, digest, range);
  if (range) res.writeHead(206, { ...head, 'content-range': `bytes ${range.start}-${range.end}/${size}` });
  else res.writeHead(200, head);
  if (!body) {
    res.end();
    return;
  }
  try {
    await pipeline(body, res);
  } catch (error) {
    // The client went away in the middle; there is nobody left to tell.
    if (errnoOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE' && !res.destroyed) throw error;
  }
}

async function openBlob(library: Library, digest: Digest, range: ByteRange | undefined) {
  try {
    return await library.content.open(digest, range);
  } catch (error) {
    if (isCode(error, 'BLOB_NOT_FOUND')) throw unknown(digest);
    throw error;
  }
}
