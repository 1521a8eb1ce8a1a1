import { parseFilters } from '@wharf/spec';
import type { NetworkBackend } from '../backends/network.ts';
import { sendJson } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { pruneOptions } from './prune-options.ts';

/** Routes of the Network tag that read, and the prune. */
export function networkRoutes(backend: NetworkBackend): Route[] {
  return [
    {
      method: 'GET',
      path: '/networks',
      async handle({ res, query, context }) {
        sendJson(res, 200, await backend.list(parseFilters(query.get('filters')), context));
      },
    },
    {
      method: 'GET',
      path: '/networks/{name}',
      async handle({ res, params, context }) {
        sendJson(res, 200, await backend.inspect(params['name'] ?? '', context));
      },
    },
    {
      method: 'POST',
      path: '/networks/prune',
      async handle({ res, query, context }) {
        const options = pruneOptions(query);
        sendJson(res, 200, await backend.prune(parseFilters(query.get('filters')), options, context));
      },
    },
  ];
}
