import type { WhyBackend } from '../backends/why.ts';
import { fail } from '../errors.ts';
import { integerParameter } from '../http/parameters.ts';
import { sendJson } from '../http/reply.ts';
import type { Route } from '../http/router.ts';

const DEFAULT_TAIL = 5;
const MOST_TAIL = 100;

/** What Docker does not have: GET /containers/{id}/wharf-why, query `wharf-tail` (lines of output, 0 to 100). */
export function whyRoutes(backend: WhyBackend): Route[] {
  return [
    {
      method: 'GET',
      path: '/containers/{name}/wharf-why',
      async handle({ params, query, res, context }) {
        const tail = integerParameter(query, 'wharf-tail') ?? DEFAULT_TAIL;
        if (tail < 0 || tail > MOST_TAIL) throw fail('BAD_PARAMETER', `wharf-tail must be from 0 to ${MOST_TAIL}`);
        sendJson(res, 200, await backend.why(params['name'] ?? '', { tail }, context));
      },
    },
  ];
}
