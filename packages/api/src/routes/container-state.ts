import { parseFilters } from '@wharf/spec';
import type { ContainerBackend } from '../backends/container.ts';
import { sendEmpty, sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';

const nameOf = ({ params }: Exchange): string => params['name'] ?? '';

/** Routes of the Container tag for containers that are there already: pause, unpause, prune. */
export function containerStateRoutes(backend: ContainerBackend): Route[] {
  return [
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
        sendJson(res, 200, await backend.prune(parseFilters(query.get('filters')), context));
      },
    },
  ];
}
