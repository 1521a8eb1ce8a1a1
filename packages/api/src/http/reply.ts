/** Writing answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Logger, messageOf } from '@wharf/kit';
import { statusOf } from './status.ts';

/** Bytes of a body that is not wanted any more that are still read, so that the client gets to see the answer. */
export const MAX_UNWANTED = 64 * 1024 * 1024;
/** Milliseconds without a byte after which such a body is given up. */
const IDLE_MS = 200;

/** Sends one JSON value, with the newline that Go's encoder writes. */
export function sendJson(res: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  res.end(body);
}

/** Sends a status without a body. */
export function sendEmpty(res: ServerResponse, status: number): void {
  res.writeHead(status);
  res.end();
}

/** The status of a failure, 500 when nobody foresaw it; only then it is logged as a fault of ours. */
export function failureStatus(error: unknown, logger: Logger, request: string): number {
  const status = statusOf(error);
  if (status === undefined) {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error('unexpected failure of a request', { request, error: messageOf(error), stack });
  }
  return status ?? 500;
}

/** Sends a failure in Docker's form, or breaks the connection when an answer has begun already. */
export function sendError(res: ServerResponse, error: unknown, logger: Logger, request: string): void {
  const status = failureStatus(error, logger, request);
  if (res.headersSent) {
    logger.debug('request failed after its answer began', { request, error: messageOf(error) });
    res.destroy();
    return;
  }
  if (status === 304) sendEmpty(res, status);
  else if (res.req.complete) sendJson(res, status, { message: messageOf(error) });
  else sendEarly(res, status, `${JSON.stringify({ message: messageOf(error) })}\n`);
}

/**
 * Answers while the client is still sending, and reads on for a while before the connection is closed: a client that
 * cannot send would tell of a broken pipe instead of what is wrong.
 */
function sendEarly(res: ServerResponse, status: number, body: string): void {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  res.writeHead(status, headers);
  res.write(body);
  readOff(res.req, () => res.end());
}

/** Drops what still comes; calls `done` at its end, after MAX_UNWANTED bytes, or when nothing came for a moment. */
function readOff(req: IncomingMessage, done: () => void): void {
  let left = MAX_UNWANTED;
  const stop = () => {
    clearTimeout(idle);
    req.off('data', take);
    done();
  };
  const take = (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) stop();
    else idle.refresh();
  };
  const idle = setTimeout(stop, IDLE_MS);
  req.on('data', take).once('close', stop).resume();
}

/** Resolves when `res` takes data again, or is closed. */
export function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}
