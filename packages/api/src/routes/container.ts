import type { IncomingMessage } from 'node:http';
import { WharfError } from '@wharf/kit';
import { type ExplainStep, parseFilters } from '@wharf/spec';
import type { ContainerBackend, StopOptions } from '../backends/container.ts';
import { validateCreate } from '../create/validate-create.ts';
import { fail } from '../errors.ts';
import { readJson } from '../http/body.ts';
import { booleanParameter, cellsParameter, integerParameter, parsePlatform } from '../http/parameters.ts';
import { sendEmpty, sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';
import { isBefore } from '../http/versions.ts';
import { legacyContainerInspect, legacyContainerSummary } from '../shims/container.ts';

/** What the routes must know of the host. */
export interface ContainerRouteOptions {
  readonly cgroupVersion: 1 | 2;
}

const nameOf = ({ params }: Exchange): string => params['name'] ?? '';

async function list(backend: ContainerBackend, { res, query, context }: Exchange): Promise<void> {
  const filters = new Map(parseFilters(query.get('filters')));
  // Query parameters from before there were filters.
  for (const name of ['since', 'before']) {
    const value = query.get(name) ?? '';
    if (value !== '' && !filters.has(name)) filters.set(name, [value]);
  }
  const containers = await backend.list(
    {
      all: booleanParameter(query, 'all'),
      limit: Math.max(0, integerParameter(query, 'limit') ?? 0),
      size: booleanParameter(query, 'size'),
      filters,
    },
    context,
  );
  const rows = containers.map((container) => legacyContainerSummary(container, context.apiVersion));
  sendJson(res, 200, rows);
}

/** An empty list to be filled, when the client asks to be told what is done. */
function explainParameter(query: URLSearchParams): ExplainStep[] | undefined {
  return booleanParameter(query, 'wharf-explain') ? [] : undefined;
}

async function create(
  backend: ContainerBackend,
  { cgroupVersion }: ContainerRouteOptions,
  { req, res, query, context }: Exchange,
): Promise<void> {
  const body = await readJson(req);
  const { warnings, ...checked } = validateCreate(body, context.apiVersion, cgroupVersion);
  const name = (query.get('name') ?? '').replace(/^\//, '');
  const platform = isBefore(context.apiVersion, '1.41') ? '' : (query.get('platform') ?? '');
  const explain = explainParameter(query);
  const made = await backend.create(
    {
      ...checked,
      ...(name !== '' && { name }),
      ...(booleanParameter(query, 'wharf-replace') && { replace: true }),
      ...(explain && { explain }),
      ...(platform !== '' && { platform: parsePlatform(platform) }),
    },
    context,
  );
  const more = explain && { Wharf: { Explain: explain } };
  sendJson(res, 201, { Id: made.Id, Warnings: [...made.Warnings, ...warnings], ...more });
}

/** A body here was a HostConfig once; taking it silently would start something else than was asked for. */
function refuseStartBody(req: IncomingMessage): void {
  const unknownLength = req.headers['transfer-encoding'] !== undefined;
  if (unknownLength || Number(req.headers['content-length'] ?? 0) > 7) {
    throw fail(
      'BAD_PARAMETER',
      'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
    );
  }
}

async function start(backend: ContainerBackend, exchange: Exchange): Promise<void> {
  const { req, res, query, context } = exchange;
  refuseStartBody(req);
  if ((query.get('checkpoint') ?? '') !== '') {
    throw fail('NOT_OFFERED', 'starting from a checkpoint is not supported by this engine');
  }
  const detachKeys = query.get('detachKeys') ?? '';
  const explain = explainParameter(query);
  const options = { ...(detachKeys !== '' && { detachKeys }), ...(explain && { explain }) };
  await backend.start(nameOf(exchange), options, context);
  if (explain) sendJson(res, 200, { Wharf: { Explain: explain } });
  else sendEmpty(res, 204);
}

function stopOptions({ query, context }: Exchange): StopOptions {
  const timeout = integerParameter(query, 't');
  const signal = isBefore(context.apiVersion, '1.42') ? '' : (query.get('signal') ?? '');
  return { ...(timeout !== undefined && { timeout }), ...(signal !== '' && { signal }) };
}

async function kill(backend: ContainerBackend, exchange: Exchange): Promise<void> {
  const name = nameOf(exchange);
  try {
    await backend.kill(name, { signal: exchange.query.get('signal') ?? '' }, exchange.context);
  } catch (error) {
    if (!(error instanceof WharfError)) throw error;
    // Docker's clients and scripts know this failure by its beginning.
    throw new WharfError(error.code, error.kind, `cannot kill container: ${name}: ${error.message}`, { cause: error });
  }
  sendEmpty(exchange.res, 204);
}

async function remove(backend: ContainerBackend, exchange: Exchange): Promise<void> {
  const { query } = exchange;
  const options = {
    force: booleanParameter(query, 'force'),
    volumes: booleanParameter(query, 'v'),
    link: booleanParameter(query, 'link'),
  };
  await backend.remove(nameOf(exchange), options, exchange.context);
  sendEmpty(exchange.res, 204);
}

async function resize(backend: ContainerBackend, exchange: Exchange): Promise<void> {
  const height = cellsParameter(exchange.query, 'h', 'height');
  const width = cellsParameter(exchange.query, 'w', 'width');
  await backend.resize(nameOf(exchange), { height, width }, exchange.context);
  sendEmpty(exchange.res, 200);
}

async function inspect(backend: ContainerBackend, exchange: Exchange): Promise<void> {
  const { query, context } = exchange;
  const container = await backend.inspect(nameOf(exchange), { size: booleanParameter(query, 'size') }, context);
  sendJson(exchange.res, 200, legacyContainerInspect(container, context.apiVersion));
}

/** Routes of the Container tag that answer at once; streams and waits are in `container-io.ts`. */
export function containerRoutes(backend: ContainerBackend, options: ContainerRouteOptions): Route[] {
  return [
    { method: 'GET', path: '/containers/json', handle: (exchange) => list(backend, exchange) },
    { method: 'POST', path: '/containers/create', handle: (exchange) => create(backend, options, exchange) },
    { method: 'GET', path: '/containers/{name}/json', handle: (exchange) => inspect(backend, exchange) },
    { method: 'POST', path: '/containers/{name}/start', handle: (exchange) => start(backend, exchange) },
    {
      method: 'POST',
      path: '/containers/{name}/stop',
      async handle(exchange) {
        await backend.stop(nameOf(exchange), stopOptions(exchange), exchange.context);
        sendEmpty(exchange.res, 204);
      },
    },
    {
      method: 'POST',
      path: '/containers/{name}/restart',
      async handle(exchange) {
        await backend.restart(nameOf(exchange), stopOptions(exchange), exchange.context);
        sendEmpty(exchange.res, 204);
      },
    },
    { method: 'POST', path: '/containers/{name}/kill', handle: (exchange) => kill(backend, exchange) },
    {
      method: 'POST',
      path: '/containers/{name}/rename',
      async handle(exchange) {
        await backend.rename(nameOf(exchange), exchange.query.get('name') ?? '', exchange.context);
        sendEmpty(exchange.res, 204);
      },
    },
    { method: 'POST', path: '/containers/{name}/resize', handle: (exchange) => resize(backend, exchange) },
    { method: 'DELETE', path: '/containers/{name}', handle: (exchange) => remove(backend, exchange) },
  ];
}
