/** Writing answers. */
import type { ServerResponse } from 'node:http';
import { type Logger, messageOf } from '@wharf/kit';
import { statusOf } from './status.ts';

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
  // A body that was not read to its end would be taken for the next request.
  if (!res.req.complete) res.setHeader('Connection', 'close');
  if (status === 304) sendEmpty(res, status);
  else sendJson(res, status, { message: messageOf(error) });
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
