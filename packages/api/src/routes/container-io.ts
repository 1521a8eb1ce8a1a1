import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isKind, messageOf } from '@wharf/kit';
import type { ContainerWaitResponse, WaitCondition } from '@wharf/spec';
import type { AttachOptions, ContainerBackend, LogsOptions } from '../backends/container.ts';
import { fail } from '../errors.ts';
import { areDetachKeys, booleanParameter, timestampParameter } from '../http/parameters.ts';
import { sendJson } from '../http/reply.ts';
import type { Exchange, Route, Takeover } from '../http/router.ts';
import { Unframe } from '../http/unframe.ts';
import { isBefore } from '../http/versions.ts';
import { RAW, streamType } from './stream-type.ts';

const CONDITIONS: readonly string[] = ['not-running', 'next-exit', 'removed'] satisfies WaitCondition[];

const isCondition = (text: string): text is WaitCondition => CONDITIONS.includes(text);

function attachOptions(query: URLSearchParams): AttachOptions {
  const detachKeys = query.get('detachKeys') ?? '';
  if (!areDetachKeys(detachKeys)) throw fail('BAD_PARAMETER', `Invalid detach keys (${detachKeys}) provided`);
  return {
    stream: booleanParameter(query, 'stream'),
    stdin: booleanParameter(query, 'stdin'),
    stdout: booleanParameter(query, 'stdout'),
    stderr: booleanParameter(query, 'stderr'),
    logs: booleanParameter(query, 'logs'),
    ...(detachKeys !== '' && { detachKeys }),
  };
}

async function attach(backend: ContainerBackend, takeover: Takeover): Promise<void> {
  const { params, query, context, upgrade, connection, logger } = takeover;
  const options = attachOptions(query);
  const { tty, stream } = await backend.attach(params['name'] ?? '', options, context);
  stream.on('error', (error) => logger.debug('attached stream failed', { error: error.message }));
  if (context.signal.aborted) {
    stream.destroy();
    return;
  }
  if (upgrade) connection.accept(101, streamType(tty, context.apiVersion));
  else connection.accept(200, RAW);
  await connection.pump(stream, options.stdin && options.stream);
}

/** A browser lets any page open a web socket to any server: only this server's own pages may. */
function refuseForeignOrigin({ headers: { origin, host } }: IncomingMessage): void {
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw fail('FOREIGN_ORIGIN', `a web socket from ${JSON.stringify(origin)} is not for pages of another server`);
}

/** Both streams follow each other without frames: a web socket has messages of its own. */
async function attachWebSocket(backend: ContainerBackend, takeover: Takeover): Promise<void> {
  const { req, params, query, context, upgrade, connection, logger } = takeover;
  if (!upgrade) throw fail('BAD_PARAMETER', 'not a websocket handshake');
  refuseForeignOrigin(req);
  const options = attachOptions(query);
  const { tty, stream } = await backend.attach(params['name'] ?? '', options, context);
  stream.on('error', (error) => logger.debug('attached stream failed', { error: error.message }));
  const socket = context.signal.aborted ? undefined : await connection.acceptWebSocket(req);
  if (socket === undefined) {
    stream.destroy();
    return;
  }
  // Also an error that comes when everything has been said must not be nobody's.
  socket.on('error', (error) => logger.debug('attached web socket failed', { error: error.message }));
  const input = options.stdin && options.stream ? pipeline(socket, stream).catch(() => {}) : socket.resume();
  try {
    await (tty ? pipeline(stream, socket) : pipeline(stream, new Unframe(), socket));
  } catch (error) {
    logger.debug('attached web socket ended early', { error: messageOf(error) });
  } finally {
    stream.destroy();
    await input;
  }
}

function logsOptions(query: URLSearchParams): LogsOptions {
  const [stdout, stderr] = [booleanParameter(query, 'stdout'), booleanParameter(query, 'stderr')];
  if (!stdout && !stderr) throw fail('BAD_PARAMETER', 'Bad parameters: you must choose at least one stream');
  const since = timestampParameter(query, 'since');
  const until = timestampParameter(query, 'until');
  const tail = query.get('tail') ?? '';
  return {
    follow: booleanParameter(query, 'follow'),
    stdout,
    stderr,
    timestamps: booleanParameter(query, 'timestamps'),
    details: booleanParameter(query, 'details'),
    // Docker takes whatever is not a number for "all".
    tail: /^\d{1,15}$/.test(tail) ? Number(tail) : 'all',
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

async function logs(backend: ContainerBackend, { params, query, context, res, logger }: Exchange): Promise<void> {
  const { tty, stream } = await backend.logs(params['name'] ?? '', logsOptions(query), context);
  res.writeHead(200, { 'Content-Type': streamType(tty, context.apiVersion) });
  // With `follow` the first line may be far away; the client waits for the head.
  res.flushHeaders();
  try {
    await pipeline(stream, res);
  } catch (error) {
    logger.debug('log stream ended early', { error: messageOf(error) });
    res.destroy();
  }
}

/** What a wait answers when waiting itself failed: the status is unknown, the reason is told. */
function failedWait(error: unknown): ContainerWaitResponse {
  return { StatusCode: -1, Error: { Message: messageOf(error) } };
}

async function wait(backend: ContainerBackend, { params, query, context, res, logger }: Exchange): Promise<void> {
  const old = isBefore(context.apiVersion, '1.30');
  const condition = (old ? '' : query.get('condition')) || 'not-running';
  if (!isCondition(condition)) throw fail('BAD_PARAMETER', `invalid condition: ${JSON.stringify(condition)}`);
  const { exit } = await backend.wait(params['name'] ?? '', condition, context);
  if (old) {
    sendJson(res, 200, { StatusCode: (await exit).StatusCode });
    return;
  }
  // `docker run` starts the container only after it has seen this head.
  res.writeHead(200, { 'Content-Type': 'application/json' });
  res.flushHeaders();
  let answer: ContainerWaitResponse;
  try {
    answer = await exit;
  } catch (error) {
    if (context.signal.aborted || isKind(error, 'cancelled')) {
      res.destroy();
      return;
    }
    logger.warn('waiting for a container failed', { container: params['name'], error: messageOf(error) });
    answer = failedWait(error);
  }
  res.end(`${JSON.stringify(answer)}\n`);
}

/** Routes of the Container tag that stream or wait. */
export function containerIoRoutes(backend: ContainerBackend): Route[] {
  return [
    { method: 'POST', path: '/containers/{name}/attach', hijack: (takeover) => attach(backend, takeover) },
    { method: 'GET', path: '/containers/{name}/attach/ws', hijack: (takeover) => attachWebSocket(backend, takeover) },
    { method: 'GET', path: '/containers/{name}/logs', handle: (exchange) => logs(backend, exchange) },
    { method: 'POST', path: '/containers/{name}/wait', handle: (exchange) => wait(backend, exchange) },
  ];
}
