import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Digest, isDigest, isRepositoryName, isTag } from '@wharf/spec';
import { fail } from './errors.ts';

/** What is wanted with a repository; tokens and permissions name it. */
export type Action = 'pull' | 'push' | 'delete';

/** One request, taken apart. */
export interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  readonly query: URLSearchParams;
  /** Whether the user behind the request may do this too (mounting reads from a second repository). */
  allows(repository: string, action: Action): boolean;
}

/** Where a request goes. `reference` and `id` are not yet checked. */
export type Route =
  | { readonly name: 'base' | 'catalog' | 'token' }
  | { readonly name: 'blob' | 'manifest' | 'referrers'; readonly repository: string; readonly reference: string }
  | { readonly name: 'uploads' | 'tags'; readonly repository: string }
  | { readonly name: 'upload'; readonly repository: string; readonly id: string };

const MAX_PATH = 1024;
const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const IN_REPOSITORY = /^\/v2\/(.+)\/(blobs\/uploads|tags|blobs|manifests|referrers)(?:\/([^/]*))?$/;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw fail('HUB_NO_ENDPOINT', 'the path is not valid', { cause });
  }
}

/** Finds the route of a path (as it stands in the request, not normalised). Throws HUB_NO_ENDPOINT, HUB_NAME_INVALID. */
export function parseRoute(path: string): Route {
  if (path.length > MAX_PATH) throw fail('HUB_NAME_INVALID', 'invalid repository name');
  if (path === '/v2/' || path === '/v2') return { name: 'base' };
  if (path === '/v2/_catalog') return { name: 'catalog' };
  if (path === '/token') return { name: 'token' };
  const [, name = '', kind, last = ''] = IN_REPOSITORY.exec(path) ?? [];
  if (kind === undefined) throw fail('HUB_NO_ENDPOINT', 'page not found');
  const repository = decode(name);
  if (!isRepositoryName(repository)) throw fail('HUB_NAME_INVALID', 'invalid repository name');
  const reference = decode(last);
  if (kind === 'tags' && reference === 'list') return { name: 'tags', repository };
  if (kind === 'blobs/uploads') {
    return reference === '' ? { name: 'uploads', repository } : { name: 'upload', repository, id: reference };
  }
  if (kind === 'tags' || reference === '') throw fail('HUB_NO_ENDPOINT', 'page not found');
  return { name: kind === 'blobs' ? 'blob' : kind === 'manifests' ? 'manifest' : 'referrers', repository, reference };
}

/** What a request on a route needs permission for. */
export function actionOf(route: Route, method: string): Action {
  if (method === 'GET' || method === 'HEAD') return route.name === 'upload' ? 'push' : 'pull';
  return method === 'DELETE' && route.name !== 'upload' ? 'delete' : 'push';
}

/** Checks a digest from a path or a query. Throws HUB_DIGEST_INVALID. */
export function digestFrom(text: string | null): Digest {
  if (text !== null && isDigest(text)) return text;
  throw fail('HUB_DIGEST_INVALID', 'provided digest is invalid or of an unsupported algorithm');
}

/** Checks a tag or digest of a manifest. Throws HUB_DIGEST_INVALID, HUB_TAG_INVALID. */
export function manifestReference(text: string): { tag: string } | { digest: Digest } {
  if (text.includes(':')) return { digest: digestFrom(text) };
  if (isTag(text)) return { tag: text };
  throw fail('HUB_TAG_INVALID', 'manifest tag did not match the format of tags');
}

/** Checks the name of an upload. Throws HUB_UPLOAD_UNKNOWN. */
export function uploadId(text: string): string {
  if (UPLOAD_ID.test(text)) return text;
  throw fail('HUB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
}

/** The answer to a method that a route does not have. */
export function unsupported(): Error {
  return fail('HUB_UNSUPPORTED', 'The operation is unsupported.');
}
