import { parseFilters } from '@wharf/spec';
import type { VolumeBackend } from '../backends/volume.ts';
import { decodeFields } from '../create/decode-exec.ts';
import { readJson } from '../http/body.ts';
import { booleanParameter } from '../http/parameters.ts';
import { sendEmpty, sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';
import { isBefore } from '../http/versions.ts';
import { pruneOptions } from './prune-options.ts';

const CREATE_FIELDS = {
  Name: 'string',
  Driver: 'string',
  DriverOpts: 'map[string]string',
  Labels: 'map[string]string',
} as const;

async function create(backend: VolumeBackend, { req, res }: Exchange): Promise<void> {
  const body = decodeFields('volume.CreateOptions', CREATE_FIELDS, await readJson(req));
  const { Name: name = '', Driver: driver = '', DriverOpts: options = {}, Labels: labels = {} } = body;
  sendJson(res, 201, await backend.create({ name, driver, options, labels }));
}

async function prune(backend: VolumeBackend, { res, query, context }: Exchange): Promise<void> {
  const filters = new Map(parseFilters(query.get('filters')));
  // Volumes with names were spared only since API 1.42.
  if (isBefore(context.apiVersion, '1.42')) filters.set('all', ['true']);
  sendJson(res, 200, await backend.prune(filters, pruneOptions(query), context.signal));
}

/** Routes of the Volume tag. */
export function volumeRoutes(backend: VolumeBackend): Route[] {
  const nameOf = ({ params }: Exchange): string => params['name'] ?? '';
  return [
    {
      method: 'GET',
      path: '/volumes',
      async handle({ res, query }) {
        sendJson(res, 200, { Volumes: await backend.list(parseFilters(query.get('filters'))), Warnings: null });
      },
    },
    { method: 'POST', path: '/volumes/create', handle: (exchange) => create(backend, exchange) },
    { method: 'POST', path: '/volumes/prune', handle: (exchange) => prune(backend, exchange) },
    {
      method: 'GET',
      path: '/volumes/{name}',
      async handle(exchange) {
        sendJson(exchange.res, 200, await backend.inspect(nameOf(exchange)));
      },
    },
    {
      method: 'DELETE',
      path: '/volumes/{name}',
      async handle(exchange) {
        await backend.remove(nameOf(exchange), { force: booleanParameter(exchange.query, 'force') });
        sendEmpty(exchange.res, 204);
      },
    },
  ];
}
