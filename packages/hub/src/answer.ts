import type { IncomingMessage, ServerResponse } from 'node:http';
import { errnoOf, type Logger, messageOf, WharfError } from '@wharf/kit';
import type { HubErrorCode } from './errors.ts';

/** Status and code (distribution-spec, "Error Codes") of each failure. */
const ANSWERS: Readonly<Record<HubErrorCode, readonly [status: number, code: string]>> = {
  HUB_BLOB_UNKNOWN: [404, 'BLOB_UNKNOWN'],
  HUB_UPLOAD_INVALID: [409, 'BLOB_UPLOAD_INVALID'],
  HUB_UPLOAD_UNKNOWN: [404, 'BLOB_UPLOAD_UNKNOWN'],
  HUB_UPLOAD_RANGE: [416, 'BLOB_UPLOAD_INVALID'],
  HUB_DIGEST_INVALID: [400, 'DIGEST_INVALID'],
  HUB_MANIFEST_BLOB_UNKNOWN: [400, 'MANIFEST_BLOB_UNKNOWN'],
  HUB_MANIFEST_INVALID: [400, 'MANIFEST_INVALID'],
  HUB_MANIFEST_UNKNOWN: [404, 'MANIFEST_UNKNOWN'],
  HUB_NAME_INVALID: [400, 'NAME_INVALID'],
  HUB_NAME_UNKNOWN: [404, 'NAME_UNKNOWN'],
  HUB_SIZE_INVALID: [400, 'SIZE_INVALID'],
  HUB_TOO_LARGE: [413, 'SIZE_INVALID'],
  HUB_TAG_INVALID: [400, 'TAG_INVALID'],
  HUB_PAGE_INVALID: [400, 'PAGINATION_NUMBER_INVALID'],
  HUB_UNAUTHORIZED: [401, 'UNAUTHORIZED'],
  HUB_DENIED: [403, 'DENIED'],
  HUB_UNSUPPORTED: [405, 'UNSUPPORTED'],
  HUB_RANGE: [416, 'SIZE_INVALID'],
  HUB_TOO_MANY_REQUESTS: [429, 'TOOMANYREQUESTS'],
  HUB_NO_ENDPOINT: [404, 'NAME_UNKNOWN'],
  HUB_LAYOUT_INVALID: [400, 'MANIFEST_INVALID'],
};

/** Failures of other packages that are the client's doing. */
const FOREIGN: Readonly<Record<string, HubErrorCode>> = {
  BLOB_NOT_FOUND: 'HUB_BLOB_UNKNOWN',
  BLOB_DIGEST_MISMATCH: 'HUB_DIGEST_INVALID',
  BLOB_TRUNCATED: 'HUB_SIZE_INVALID',
  BLOB_TOO_LARGE: 'HUB_TOO_LARGE',
  INGEST_BUSY: 'HUB_UPLOAD_INVALID',
  INGEST_CLOSED: 'HUB_UPLOAD_INVALID',
  INVALID_DIGEST: 'HUB_DIGEST_INVALID',
  INVALID_IMAGE_DOCUMENT: 'HUB_MANIFEST_INVALID',
};

/** Unread bodies up to this size are read and dropped, so that the client gets to see the answer. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;

function isHubCode(code: string): code is HubErrorCode {
  return Object.hasOwn(ANSWERS, code);
}

/** Answers with a JSON document. */
export function sendJson(
  res: ServerResponse,
  status: number,
  document: unknown,
  contentType = 'application/json',
): void {
  const bytes = Buffer.from(JSON.stringify(document));
  res.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length });
  res.end(res.req.method === 'HEAD' ? undefined : bytes);
}

/** Answers without a body. */
export function sendEmpty(res: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  res.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': '0' });
  res.end();
}

/** Says a failure in the registry's error format. Failures that are not the client's are logged and not told. */
export function sendError(req: IncomingMessage, res: ServerResponse, error: unknown, logger: Logger): void {
  if (res.headersSent || res.destroyed) {
    if (!res.writableEnded) res.destroy();
    return;
  }
  const own = error instanceof WharfError ? (FOREIGN[error.code] ?? error.code) : '';
  const isKnown = error instanceof WharfError && isHubCode(own);
  if (!isKnown)
    logger.error('the Hub could not answer', { method: req.method, path: req.url, error: messageOf(error) });
  const isFull = errnoOf(error) === 'ENOSPC';
  const [status, code] = isKnown ? ANSWERS[own] : ([isFull ? 507 : 500, 'UNKNOWN'] as const);
  const headers = isKnown ? (error.details['headers'] as Readonly<Record<string, string>> | undefined) : undefined;
  for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value);
  if (!req.complete && !(Number(req.headers['content-length']) <= MAX_DROPPED_BYTES))
    res.setHeader('connection', 'close');
  const message = isKnown ? error.message : isFull ? 'no space left on device' : 'internal error';
  const detail = isKnown ? error.details['detail'] : undefined;
  sendJson(res, status, { errors: [{ code, message, ...(detail !== undefined && { detail }) }] });
}
