/**
 * The route table. Names may hold slashes (`/images/docker.io/library/x/json`), which is why a linear list of regular
 * expressions does the work; the version prefix is cut off first.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@wharf/kit';
import type { RequestContext } from '../backends/context.ts';
import { fail } from '../errors.ts';
import type { Connection } from './connection.ts';
import type { RequestUpload } from './request-upload.ts';
import { isBefore } from './versions.ts';

/** What every handler gets. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly context: RequestContext;
  readonly logger: Logger;
  readonly req: IncomingMessage;
}

/** A request with an ordinary answer. */
export interface Exchange extends Call {
  readonly res: ServerResponse;
  /** The body, for routes that take large ones. */
  readonly upload: RequestUpload;
}

/** A request that takes the connection over. */
export interface Takeover extends Call {
  /** What came before the takeover; most routes want none. At most 64 KiB. */
  readonly body: Buffer;
  /** True when the client asked for it with an Upgrade header, false for the older way without. */
  readonly upgrade: boolean;
  readonly connection: Connection;
}

interface RouteBase {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  /** Literal path with `{name}` where a decoded, non-empty text with slashes may stand. */
  readonly path: string;
  /** First API version that has the route. */
  readonly since?: string;
}

export interface PlainRoute extends RouteBase {
  /** Its body may be read from the connection itself, see RequestUpload; the answer to that is an empty 200. */
  readonly largeBody?: boolean;
  handle(exchange: Exchange): Promise<void> | void;
}

export interface HijackRoute extends RouteBase {
  hijack(takeover: Takeover): Promise<void>;
}

export type Route = PlainRoute | HijackRoute;

/** The path of a request, taken apart. */
export interface Target {
  readonly version: string | undefined;
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

/** Takes a request target (`/v1.47/info?x=y`, or the absolute form that proxies send) apart. */
export function parseTarget(url: string): Target {
  const relative = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = relative.indexOf('?');
  const full = mark < 0 ? relative : relative.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : relative.slice(mark + 1));
  const versioned = /^\/v([0-9.]+)(\/.*)$/.exec(full);
  return { version: versioned?.[1], path: versioned?.[2] ?? full, query };
}

function compile(route: Route): Compiled {
  const names: string[] = [];
  const source = route.path.replaceAll(/\{(\w+)\}|[.*+?^$()|[\]\\]/g, (text, name: string | undefined) => {
    if (name === undefined) return `\\${text}`;
    names.push(name);
    return '(.+)';
  });
  return { route, pattern: new RegExp(`^${source}$`, 's'), names };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    const escape = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text)?.[0] ?? text;
    throw fail('BAD_PARAMETER', `invalid URL escape "${escape}"`, { cause: error });
  }
}

/** A compiled route table; the first route that fits wins. */
export class Router {
  readonly #routes: readonly Compiled[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map(compile);
  }

  /** Throws PAGE_NOT_FOUND, also where only the method or the version is wrong, as Docker answers. */
  match(method: string, target: Target, newest: string): Match {
    for (const { route, pattern, names } of this.#routes) {
      if (route.method !== method) continue;
      if (route.since !== undefined && isBefore(target.version ?? newest, route.since)) continue;
      const found = pattern.exec(target.path);
      if (found === null) continue;
      const params = Object.fromEntries(names.map((name, at) => [name, decode(found[at + 1] ?? '')]));
      return { route, params };
    }
    throw fail('PAGE_NOT_FOUND', 'page not found');
  }
}
