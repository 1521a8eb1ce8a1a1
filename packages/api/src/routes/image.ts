import { messageOf } from '@wharf/kit';
import { parseFilters } from '@wharf/spec';
import type { ImageBackend, PullOptions } from '../backends/image.ts';
import { fail } from '../errors.ts';
import { booleanParameter, parsePlatform, parsePlatformJson, registryCredentials } from '../http/parameters.ts';
import { sendEmpty, sendJson } from '../http/reply.ts';
import type { Exchange, Route } from '../http/router.ts';
import { isBefore } from '../http/versions.ts';
import { legacyImageInspect, legacyImageSummary } from '../shims/image.ts';
import { pruneOptions } from './prune-options.ts';

/** Progress beyond this many unread bytes is not sent to a client that does not read. */
const MAX_UNREAD = 1024 * 1024;

/** Joins `fromImage` and `tag`, which may be a digest; neither in either place asks for all tags. */
export function pullReference(fromImage: string, tag: string): Pick<PullOptions, 'reference' | 'allTags'> {
  // "name:" is how some clients say "all tags".
  const name = fromImage.endsWith(':') ? fromImage.slice(0, -1) : fromImage;
  if (tag === '') {
    const last = name.slice(name.lastIndexOf('/') + 1);
    return { reference: name, allTags: !/[:@]/.test(last) };
  }
  const bare = name.replace(/@[^@]*$/, '').replace(/:[^:/]*$/, '');
  return { reference: /^[a-z0-9]+:[0-9a-f]{32,}$/.test(tag) ? `${bare}@${tag}` : `${bare}:${tag}`, allTags: false };
}

async function create(backend: ImageBackend, { req, res, query, context }: Exchange): Promise<void> {
  const fromImage = query.get('fromImage') ?? '';
  if (fromImage === '') throw fail('NOT_OFFERED', 'importing an image is not supported by this engine');
  const platform = isBefore(context.apiVersion, '1.32') ? '' : (query.get('platform') ?? '');
  const credentials = registryCredentials(req.headers);
  res.setHeader('Content-Type', 'application/json');
  const send = (message: object, droppable: boolean) => {
    if (res.destroyed || (droppable && res.writableLength > MAX_UNREAD)) return;
    res.write(`${JSON.stringify(message)}\n`);
  };
  try {
    await backend.pull(
      {
        ...pullReference(fromImage, query.get('tag') ?? ''),
        ...(platform !== '' && { platform: parsePlatform(platform) }),
        ...(credentials !== undefined && { credentials }),
        onEvent: (message) => send(message, message.progressDetail?.current !== undefined),
      },
      context,
    );
  } catch (error) {
    if (!res.headersSent) throw error;
    const message = messageOf(error);
    send({ errorDetail: { message }, error: message }, false);
  }
  res.end();
}

async function list(backend: ImageBackend, { res, query, context }: Exchange): Promise<void> {
  const { apiVersion } = context;
  let filters = parseFilters(query.get('filters'));
  const oldFilter = query.get('filter') ?? '';
  if (isBefore(apiVersion, '1.25') && oldFilter !== '' && !filters.has('reference')) {
    filters = new Map([...filters, ['reference', [oldFilter]]]);
  }
  const manifests = !isBefore(apiVersion, '1.47') && booleanParameter(query, 'manifests');
  if (!isBefore(apiVersion, '1.54') && booleanParameter(query, 'identity') && !manifests) {
    throw fail('BAD_PARAMETER', 'conflicting options: identity requires manifests=1');
  }
  const images = await backend.list(
    {
      all: booleanParameter(query, 'all'),
      digests: booleanParameter(query, 'digests'),
      sharedSize: !isBefore(apiVersion, '1.42') && booleanParameter(query, 'shared-size'),
      manifests,
      filters,
    },
    context,
  );
  const rows = images.map((image) => legacyImageSummary(image, apiVersion));
  sendJson(res, 200, rows);
}

async function inspect(backend: ImageBackend, { res, params, query, context }: Exchange): Promise<void> {
  const { apiVersion } = context;
  const manifests = !isBefore(apiVersion, '1.48') && booleanParameter(query, 'manifests');
  const platform = isBefore(apiVersion, '1.49') ? '' : (query.get('platform') ?? '');
  if (manifests && platform !== '') {
    throw fail('BAD_PARAMETER', 'conflicting options: manifests and platform options cannot both be set');
  }
  const options = { manifests, ...(platform !== '' && { platform: parsePlatformJson(platform) }) };
  const image = await backend.inspect(params['name'] ?? '', options, context);
  sendJson(res, 200, legacyImageInspect(image, apiVersion));
}

async function history(backend: ImageBackend, { res, params, query, context }: Exchange): Promise<void> {
  const platform = isBefore(context.apiVersion, '1.48') ? '' : (query.get('platform') ?? '');
  const options = platform === '' ? {} : { platform: parsePlatformJson(platform) };
  sendJson(res, 200, await backend.history(params['name'] ?? '', options, context));
}

async function tag(backend: ImageBackend, { res, params, query, context }: Exchange): Promise<void> {
  const target = { repo: query.get('repo') ?? '', tag: query.get('tag') ?? '' };
  await backend.tag(params['name'] ?? '', target, context);
  sendEmpty(res, 201);
}

async function remove(backend: ImageBackend, { res, params, query, context }: Exchange): Promise<void> {
  const name = params['name'] ?? '';
  if (name.trim() === '') throw fail('BAD_PARAMETER', 'image name cannot be blank');
  const platforms = isBefore(context.apiVersion, '1.50') ? [] : query.getAll('platforms').map(parsePlatformJson);
  const options = { force: booleanParameter(query, 'force'), noprune: booleanParameter(query, 'noprune'), platforms };
  sendJson(res, 200, await backend.remove(name, options, context));
}

/** Routes of the Image tag. */
export function imageRoutes(backend: ImageBackend): Route[] {
  return [
    { method: 'GET', path: '/images/json', handle: (exchange) => list(backend, exchange) },
    { method: 'POST', path: '/images/create', handle: (exchange) => create(backend, exchange) },
    { method: 'GET', path: '/images/{name}/json', handle: (exchange) => inspect(backend, exchange) },
    { method: 'GET', path: '/images/{name}/history', handle: (exchange) => history(backend, exchange) },
    { method: 'POST', path: '/images/{name}/tag', handle: (exchange) => tag(backend, exchange) },
    { method: 'DELETE', path: '/images/{name}', handle: (exchange) => remove(backend, exchange) },
    {
      method: 'POST',
      path: '/images/prune',
      async handle({ res, query, context }) {
        const options = pruneOptions(query);
        sendJson(res, 200, await backend.prune(parseFilters(query.get('filters')), options, context));
      },
    },
  ];
}
