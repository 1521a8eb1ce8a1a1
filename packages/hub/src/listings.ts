import { type Digest, MEDIA_TYPES } from '@wharf/spec';
import { sendJson } from './answer.ts';
import { fail } from './errors.ts';
import type { Library } from './library.ts';
import type { Manifests } from './manifests.ts';
import { type Call, digestFrom, unsupported } from './route.ts';

/** Entries of one page when the client does not say, and the most it gets. */
const MAX_PAGE = 10_000;
const MAX_REFERRER_BYTES = 3 * 1024 * 1024;
const MAX_REFERRERS = 500;
/** Rows read at once: each can have annotations of almost 4 MiB. */
const REFERRER_ROWS = 8;

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

/** GET `…/tags/list` (distribution-spec, end-8). The owner of the Hub has one chance to bring a missing repository. */
export async function tagsRoute(
  library: Library,
  call: Call,
  repository: string,
  source: Pick<Manifests, 'bring'>,
): Promise<void> {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw unsupported();
  const { limit, last } = page(call.query);
  const { records } = library;
  const isKnown = () => records.hasRepository(repository);
  if (!isKnown() && !((await source.bring(repository)) && isKnown())) {
    throw fail('HUB_NAME_UNKNOWN', 'repository name not known to registry', {
      details: { detail: { name: repository } },
    });
  }
  const tags = records.tags(repository, last, limit + 1);
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

/** One page of referrers after `last`; `next` is where the following page begins, if there is one. */
function collectReferrers(
  library: Library,
  repository: string,
  subject: Digest,
  last: string,
  filter: { artifactType?: string },
): { manifests: object[]; next?: string } {
  const manifests: object[] = [];
  let bytes = 0;
  let end = last;
  for (;;) {
    const rows = library.records.referrers(repository, subject, { last: end, limit: REFERRER_ROWS, ...filter });
    for (const { digest, mediaType, size, artifactType, annotations } of rows) {
      const type = artifactType && { artifactType };
      const descriptor = { mediaType, digest, size, ...type, ...(annotations && { annotations }) };
      bytes += Buffer.byteLength(JSON.stringify(descriptor));
      const isFull = bytes > MAX_REFERRER_BYTES || manifests.length === MAX_REFERRERS;
      if (isFull && manifests.length > 0) return { manifests, next: end };
      manifests.push(descriptor);
      end = digest;
    }
    if (rows.length < REFERRER_ROWS) return { manifests };
  }
}

/** GET `…/referrers/<digest>` (distribution-spec, end-12). */
export function referrersRoute(library: Library, call: Call, repository: string, reference: string): void {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw unsupported();
  const subject = digestFrom(reference);
  const artifactType = call.query.get('artifactType') || undefined;
  const filter: Readonly<Record<string, string>> = artifactType === undefined ? {} : { artifactType };
  const { manifests, next } = collectReferrers(library, repository, subject, call.query.get('last') ?? '', filter);
  if (next !== undefined) linkNext(call, `/v2/${repository}/referrers/${subject}`, { ...filter, last: next });
  if (artifactType !== undefined) call.res.setHeader('oci-filters-applied', 'artifactType');
  sendJson(call.res, 200, { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }, MEDIA_TYPES.ociIndex);
}
