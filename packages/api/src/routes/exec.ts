import { setTimeout as delay } from 'node:timers/promises';
import type { ExecBackend, ExecOptions, ExecStartOptions } from '../backends/exec.ts';
import { decodeFields } from '../create/decode-exec.ts';
import { fail } from '../errors.ts';
import { parseJson, readJson } from '../http/body.ts';
import { areDetachKeys, cellsParameter } from '../http/parameters.ts';
import { sendEmpty, sendJson } from '../http/reply.ts';
import type { Exchange, Route, Takeover } from '../http/router.ts';
import { isBefore } from '../http/versions.ts';
import { RAW, streamType } from './stream-type.ts';

const CREATE_FIELDS = {
  AttachStdin: 'bool',
  AttachStdout: 'bool',
  AttachStderr: 'bool',
  ConsoleSize: '[2]uint',
  DetachKeys: 'string',
  Tty: 'bool',
  Env: '[]string',
  Cmd: '[]string',
  Privileged: 'bool',
  User: 'string',
  WorkingDir: 'string',
} as const;

const START_FIELDS = { Detach: 'bool', Tty: 'bool', ConsoleSize: '[2]uint' } as const;

/**
 * The Python SDK looks for output on the connection below its HTTP library, which may have read the first of it together
 * with the head. So its output waits a moment (milliseconds) after the head.
 */
const headOnly = /^docker-sdk-python\//;
const HEAD_MS = 20;

const idOf = ({ params }: Exchange | Takeover): string => params['id'] ?? '';

/** Texts become arguments of system calls, which end at a NUL. */
function refuseNul(texts: readonly string[]): void {
  if (texts.some((text) => text.includes('\0'))) throw fail('BAD_PARAMETER', 'a text contains a NUL byte');
}

function detachKeysOf(text = ''): string {
  if (areDetachKeys(text)) return text;
  throw fail('BAD_PARAMETER', `Invalid escape keys (${text}) provided`);
}

function checkCreate(body: unknown, apiVersion: string): ExecOptions {
  const fields = decodeFields('container.ExecCreateRequest', CREATE_FIELDS, body);
  const { Cmd: command = [], Env: env = [], User: user = '', WorkingDir: workingDir = '' } = fields;
  if (command.length === 0) throw fail('BAD_PARAMETER', 'No exec command specified');
  refuseNul([...command, ...env, user, workingDir]);
  const tty = fields.Tty ?? false;
  // The size means something from API 1.42 on, and only to a terminal.
  const size = tty && !isBefore(apiVersion, '1.42') ? fields.ConsoleSize : undefined;
  return {
    attachStdin: fields.AttachStdin ?? false,
    attachStdout: fields.AttachStdout ?? false,
    attachStderr: fields.AttachStderr ?? false,
    tty,
    ...(size && { consoleSize: size }),
    detachKeys: detachKeysOf(fields.DetachKeys),
    // Environment and working directory came with API 1.25 and 1.35.
    env: isBefore(apiVersion, '1.25') ? [] : env,
    command,
    privileged: fields.Privileged ?? false,
    user,
    workingDir: isBefore(apiVersion, '1.35') ? '' : workingDir,
  };
}

async function create(backend: ExecBackend, { req, res, params, context }: Exchange): Promise<void> {
  const options = checkCreate(await readJson(req), context.apiVersion);
  const { Id } = await backend.create(params['name'] ?? '', options, context);
  sendJson(res, 201, { Id });
}

function startOptions({ req, body, context }: Takeover): ExecStartOptions {
  const fields =
    body.length === 0 ? {} : decodeFields('container.ExecStartRequest', START_FIELDS, parseJson(req, body));
  const size = isBefore(context.apiVersion, '1.42') ? undefined : fields.ConsoleSize;
  return { detach: fields.Detach ?? false, ...(size && { consoleSize: size }) };
}

async function start(backend: ExecBackend, takeover: Takeover): Promise<void> {
  const { context, upgrade, connection, logger, req } = takeover;
  let accepted = false;
  const onAccept = (tty: boolean) => {
    accepted = true;
    if (upgrade) connection.accept(101, streamType(tty, context.apiVersion));
    else connection.accept(200, RAW);
  };
  const attached = await backend.start(idOf(takeover), { ...startOptions(takeover), onAccept }, context);
  if (attached === undefined) {
    connection.answer(200, '');
    return;
  }
  const { tty, stream } = attached;
  if (!accepted) onAccept(tty);
  stream.on('error', (error) => logger.debug('stream of an exec failed', { error: error.message }));
  if (context.signal.aborted) {
    stream.destroy();
    return;
  }
  if (headOnly.test(req.headers['user-agent'] ?? '')) await delay(HEAD_MS);
  await connection.pump(stream, true);
}

async function resize(backend: ExecBackend, exchange: Exchange): Promise<void> {
  const height = cellsParameter(exchange.query, 'h', 'height');
  const width = cellsParameter(exchange.query, 'w', 'width');
  await backend.resize(idOf(exchange), { height, width }, exchange.context);
  sendEmpty(exchange.res, 200);
}

/** How long an idle connection of a leash may be silent before its other end is asked whether it is there, milliseconds. */
const KEEP_ALIVE = 5_000;

async function leash(backend: ExecBackend, exchange: Exchange): Promise<void> {
  const { req, res, context } = exchange;
  req.socket.setKeepAlive(true, KEEP_ALIVE);
  const { over } = await backend.leash(idOf(exchange), context);
  res.writeHead(200, { 'Content-Type': 'application/json' });
  res.flushHeaders();
  const end = await over;
  res.end(`${JSON.stringify(end)}\n`);
}

async function kill(backend: ExecBackend, exchange: Exchange): Promise<void> {
  await backend.kill(idOf(exchange), { signal: exchange.query.get('signal') ?? '' }, exchange.context);
  sendEmpty(exchange.res, 204);
}

/** Routes of the Exec tag, and two that Docker does not have. */
export function execRoutes(backend: ExecBackend): Route[] {
  return [
    { method: 'POST', path: '/containers/{name}/exec', handle: (exchange) => create(backend, exchange) },
    { method: 'POST', path: '/exec/{id}/start', hijack: (takeover) => start(backend, takeover) },
    { method: 'POST', path: '/exec/{id}/resize', handle: (exchange) => resize(backend, exchange) },
    { method: 'POST', path: '/exec/{id}/wharf-kill', handle: (exchange) => kill(backend, exchange) },
    { method: 'POST', path: '/exec/{id}/wharf-leash', handle: (exchange) => leash(backend, exchange) },
    {
      method: 'GET',
      path: '/exec/{id}/json',
      async handle(exchange) {
        sendJson(exchange.res, 200, await backend.inspect(idOf(exchange), exchange.context));
      },
    },
  ];
}
