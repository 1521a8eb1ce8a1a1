import { MEDIA_TYPES } from '@wharf/spec';
import { sendJson } from './answer.ts';
import { fail } from './errors.ts';
import type { Library } from './library.ts';
import { type Call, digestFrom, unsupported } from './route.ts';

/** Entries of one page when the client does not say, and the most it gets. */
const MAX_PAGE = 10_000;
const MAX_REFERRER_BYTES = 3 * 1024 * 1024;
const REFERRERS_AT_ONCE = 500;

/** The page that a client wants: `n` entries after `last`. Throws HUB_PAGE_INVALID. */
function page(query: URLSearchParams): { limit: number; last: string } {
  const text = query.get('n');
  if (text !== null && !/^\d{1,9}$/.test(text)) throw fail('HUB_PAGE_INVALID', 'invalid number of results requested');
  return { limit: Math.min(text === null ? MAX_PAGE : Number(text), MAX_PAGE), last: query.get('last') ?? '' };
}

/** Tells where the next page begins (RFC 8288). */
function linkNext({ res }: Call, path: string, parameters: Readonly<Record<string, string>>): void {
  res.setHeader('link', `<${path}?${new URLSearchParams(parameters)}>; rel="next"`);
}

/** GET `…/tags/list` (distribution-spec, end-8). */
export function tagsRoute(library: Library, call: Call, repository: string): void {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw unsupported();
  const { limit, last } = page(call.query);
  if (!library.records.hasRepository(repository)) {
    throw fail('HUB_NAME_UNKNOWN', 'repository name not known to registry', {
      details: { detail: { name: repository } },
    });
  }
  const tags = library.records.tags(repository, last, limit + 1);
  const shown = tags.slice(0, limit);
  const end = shown.at(-1);
  if (tags.length > limit && end !== undefined) {
    linkNext(call, `/v2/${repository}/tags/list`, { n: String(limit), last: end });
  }
  sendJson(call.res, 200, { name: repository, tags: shown });
}

/** GET `/v2/_catalog`: the repositories that the user may read. */
export function catalogRoute(library: Library, call: Call): void {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw unsupported();
  const { limit, last } = page(call.query);
  const names = library.records.repositories(last, limit + 1);
  const seen = names.slice(0, limit);
  const end = seen.at(-1);
  if (names.length > limit && end !== undefined) linkNext(call, '/v2/_catalog', { n: String(limit), last: end });
  sendJson(call.res, 200, { repositories: seen.filter((name) => call.allows(name, 'pull')) });
}

/** GET `…/referrers/<digest>` (distribution-spec, end-12). */
export function referrersRoute(library: Library, call: Call, repository: string, reference: string): void {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw unsupported();
  const subject = digestFrom(reference);
  const artifactType = call.query.get('artifactType') || undefined;
  const filter: { artifactType?: string } = artifactType === undefined ? {} : { artifactType };
  const options = { last: call.query.get('last') ?? '', limit: REFERRERS_AT_ONCE + 1, ...filter };
  const found = library.records.referrers(repository, subject, options);
  const manifests: object[] = [];
  let bytes = 0;
  for (const { digest, mediaType, size, artifactType: type, annotations } of found) {
    const descriptor = {
      mediaType,
      digest,
      size,
      ...(type && { artifactType: type }),
      ...(annotations && { annotations }),
    };
    bytes += JSON.stringify(descriptor).length;
    if (manifests.length > 0 && (bytes > MAX_REFERRER_BYTES || manifests.length === REFERRERS_AT_ONCE)) break;
    manifests.push(descriptor);
  }
  const end = found[manifests.length - 1];
  if (end && manifests.length < found.length) {
    const same = artifactType === undefined ? undefined : { artifactType };
    linkNext(call, `/v2/${repository}/referrers/${subject}`, { last: end.digest, ...same });
  }
  if (artifactType !== undefined) call.res.setHeader('oci-filters-applied', 'artifactType');
  sendJson(call.res, 200, { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }, MEDIA_TYPES.ociIndex);
}
