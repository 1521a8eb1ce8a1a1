import { type HostConfig, parseFilters } from '@wharf/spec';
import type { ContainerBackend } from '../backends/container.ts';
import { decodeObject } from '../create/decode.ts';
import { fail } from '../errors.ts';
import { readJson } from '../http/body.ts';
import { booleanParameter } from '../http/parameters.ts';
import { drained, sendEmpty, sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';
import { isBefore } from '../http/versions.ts';
import { pruneOptions } from './prune-options.ts';

const nameOf = ({ params }: Exchange): string => params['name'] ?? '';

async function stats(backend: ContainerBackend, exchange: Exchange): Promise<void> {
  const { res, query, context } = exchange;
  const stream = !query.has('stream') || booleanParameter(query, 'stream');
  const oneShot = !isBefore(context.apiVersion, '1.41') && booleanParameter(query, 'one-shot');
  if (stream && oneShot) throw fail('BAD_PARAMETER', 'cannot have stream=true and one-shot=true');
  const objects = await backend.stats(nameOf(exchange), { stream, oneShot }, context);
  res.writeHead(200, { 'Content-Type': 'application/json' });
  if (stream) res.flushHeaders();
  for await (const each of objects) {
    if (res.destroyed) break;
    if (!res.write(`${JSON.stringify(each)}\n`)) await drained(res);
  }
  res.end();
}

/** Routes of the Container tag for containers that are there already: what they use and run, pause, unpause, prune. */
export function containerStateRoutes(backend: ContainerBackend): Route[] {
  return [
    { method: 'GET', path: '/containers/{name}/stats', handle: (exchange) => stats(backend, exchange) },
    {
      method: 'GET',
      path: '/containers/{name}/top',
      async handle(exchange) {
        const psArgs = exchange.query.get('ps_args') || '-ef';
        sendJson(exchange.res, 200, await backend.top(nameOf(exchange), psArgs, exchange.context));
      },
    },
    {
      method: 'POST',
      path: '/containers/{name}/update',
      async handle(exchange) {
        const changes = decodeObject('HostConfig', await readJson(exchange.req)) as HostConfig;
        const warnings = await backend.update(nameOf(exchange), changes, exchange.context);
        sendJson(exchange.res, 200, { Warnings: warnings.length > 0 ? warnings : null });
      },
    },
    {
      method: 'GET',
      path: '/containers/{name}/changes',
      async handle(exchange) {
        const changes = await backend.changes(nameOf(exchange), exchange.context);
        sendJson(exchange.res, 200, changes.length > 0 ? changes : null);
      },
    },
    {
      method: 'POST',
      path: '/containers/{name}/pause',
      async handle(exchange) {
        await backend.pause(nameOf(exchange), exchange.context);
        sendEmpty(exchange.res, 204);
      },
    },
    {
      method: 'POST',
      path: '/containers/{name}/unpause',
      async handle(exchange) {
        await backend.unpause(nameOf(exchange), exchange.context);
        sendEmpty(exchange.res, 204);
      },
    },
    {
      method: 'POST',
      path: '/containers/prune',
      async handle({ res, query, context }) {
        const options = pruneOptions(query);
        sendJson(res, 200, await backend.prune(parseFilters(query.get('filters')), options, context));
      },
    },
  ];
}
