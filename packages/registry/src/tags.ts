import type { Identity } from './authorizer.ts';
import { fail } from './errors.ts';
import { type Exchange, resolveLocation } from './exchange.ts';
import { readBody } from './transport.ts';

const MAX_PAGE = 4 * 1024 * 1024;
const MAX_PAGES = 1000;
const PAGE_TAGS = 1000;

/** Reads a repository's tags page by page (distribution-spec, end-8). */
export async function listTags(exchange: Exchange, identity: Identity, repository: string): Promise<string[]> {
  const tags: string[] = [];
  let path: string | URL | undefined = `/v2/${repository}/tags/list?n=${PAGE_TAGS}`;
  for (let page = 0; path !== undefined; page += 1) {
    if (page >= MAX_PAGES) throw fail('REGISTRY_PROTOCOL', `the list of tags has more than ${MAX_PAGES} pages`);
    const response = await exchange.send(identity, { method: 'GET', path, accept: [200] });
    const link = /<([^>]+)>\s*;[^,]*rel="?next"?/.exec(String(response.headers['link'] ?? ''))?.[1];
    tags.push(...parsePage((await readBody(response, MAX_PAGE))?.toString() ?? ''));
    path = link === undefined ? undefined : resolveLocation(link, response.url);
  }
  return tags;
}

function parsePage(body: string): string[] {
  try {
    const { tags } = JSON.parse(body) as { tags?: unknown };
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
  } catch (cause) {
    throw fail('REGISTRY_PROTOCOL', 'the list of tags is not valid JSON', { cause });
  }
}
