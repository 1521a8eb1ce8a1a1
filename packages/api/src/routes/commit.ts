import type { ContainerConfig } from '@wharf/spec';
import type { CommitBackend } from '../backends/commit.ts';
import { decodeObject } from '../create/decode.ts';
import { fail } from '../errors.ts';
import { hasBody, JSON_LIMIT, parseJson, readBody } from '../http/body.ts';
import { booleanParameter } from '../http/parameters.ts';
import { sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';

/** All changes together, in characters: each is a line of a Dockerfile. */
const MAX_CHANGES = 1024 * 1024;

async function readConfig({ req }: Exchange): Promise<ContainerConfig | undefined> {
  if (!hasBody(req)) return undefined;
  const body = await readBody(req, JSON_LIMIT);
  if (body.toString('utf8').trim() === '') return undefined;
  const value = parseJson(req, body);
  // Docker's client sends null when it has nothing to say.
  return value === null ? undefined : (decodeObject('CreateRequest', value) as ContainerConfig);
}

async function commit(backend: CommitBackend, exchange: Exchange): Promise<void> {
  const { res, query, context } = exchange;
  const text = (name: string) => query.get(name) ?? '';
  const changes = query.getAll('changes');
  if (changes.join('').length > MAX_CHANGES) throw fail('BAD_PARAMETER', 'the changes are too long');
  const config = await readConfig(exchange);
  const Id = await backend.commit(
    {
      container: text('container'),
      repo: text('repo'),
      tag: text('tag'),
      author: text('author'),
      comment: text('comment'),
      pause: text('pause') === '' || booleanParameter(query, 'pause'),
      changes,
      ...(config && { config }),
    },
    context,
  );
  sendJson(res, 201, { Id });
}

/** POST /commit. */
export function commitRoutes(backend: CommitBackend): Route[] {
  return [{ method: 'POST', path: '/commit', handle: (exchange) => commit(backend, exchange) }];
}
