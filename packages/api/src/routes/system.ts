import type { EventMessage } from '@wharf/spec';
import { parseFilters } from '@wharf/spec';
import type { SystemBackend } from '../backends/system.ts';
import { fail } from '../errors.ts';
import { timestampParameter } from '../http/parameters.ts';
import { drained, sendEmpty, sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';
import { legacyEvent, legacyInfo } from '../shims/system.ts';

function ping(backend: SystemBackend, { req, res }: Exchange): void {
  const facts = backend.ping();
  res.setHeader('Builder-Version', facts.builderVersion);
  res.setHeader('Docker-Experimental', String(facts.experimental));
  res.setHeader('Swarm', facts.swarm);
  res.setHeader('Cache-Control', 'no-cache, no-store, must-revalidate');
  res.setHeader('Pragma', 'no-cache');
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  const body = req.method === 'HEAD' ? '' : 'OK';
  res.setHeader('Content-Length', body.length);
  res.end(body);
}

/** How one event is put on the wire, by what the client says it takes. */
function eventFormat(accept: string): { type: string; frame: (event: EventMessage) => string } {
  const line = (event: EventMessage) => `${JSON.stringify(event)}\n`;
  if (accept.includes('application/x-ndjson')) return { type: 'application/x-ndjson', frame: line };
  if (accept.includes('application/json-seq')) {
    return { type: 'application/json-seq', frame: (event) => `\u001E${line(event)}` };
  }
  return { type: 'application/json', frame: line };
}

async function events(backend: SystemBackend, { req, res, query, context }: Exchange): Promise<void> {
  const since = timestampParameter(query, 'since');
  const until = timestampParameter(query, 'until');
  if (since !== undefined && until !== undefined && until < since) {
    throw fail(
      'BAD_PARAMETER',
      `\`since\` time (${query.get('since')}) cannot be after \`until\` time (${query.get('until')})`,
    );
  }
  const filters = parseFilters(query.get('filters'));
  const options = { filters, ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  const stream = await backend.events(options, context);
  const format = eventFormat(req.headers.accept ?? '');
  res.writeHead(200, { 'Content-Type': format.type });
  res.flushHeaders();
  for await (const event of stream) {
    if (res.destroyed) break;
    const shown = legacyEvent(event, context.apiVersion);
    if (shown !== undefined && !res.write(format.frame(shown))) await drained(res);
  }
  res.end();
}

/** Routes of the System tag. */
export function systemRoutes(backend: SystemBackend): Route[] {
  return [
    { method: 'OPTIONS', path: '{any}', handle: ({ res }) => sendEmpty(res, 200) },
    { method: 'HEAD', path: '/_ping', handle: (exchange) => ping(backend, exchange) },
    { method: 'GET', path: '/_ping', handle: (exchange) => ping(backend, exchange) },
    {
      method: 'GET',
      path: '/info',
      async handle({ res, context }) {
        sendJson(res, 200, legacyInfo(await backend.info(context), context.apiVersion));
      },
    },
    {
      method: 'GET',
      path: '/version',
      async handle({ res, context }) {
        sendJson(res, 200, await backend.version(context));
      },
    },
    { method: 'GET', path: '/events', handle: (exchange) => events(backend, exchange) },
  ];
}
