import { fail } from '../errors.ts';
import type { Route } from '../http/router.ts';

/** Routes that the Engine API has and this engine does not serve: `METHOD path`, and what a client wanted. */
const NOT_OFFERED: readonly (readonly [Route['method'], string, string])[] = [
  ['GET', '/distribution/{name}/json', 'inspecting an image in its registry'],
  ['PUT', '/volumes/{name}', 'updating volumes of a swarm'],
  ['POST', '/build', 'building images'],
  ['POST', '/session', 'build sessions'],
  ['POST', '/grpc', 'build sessions'],
  ['GET', '/images/search', 'searching images'],
  ['GET', '/images/get', 'saving images'],
  ['GET', '/images/{name}/get', 'saving images'],
  ['POST', '/images/load', 'loading images'],
  ['POST', '/images/{name}/push', 'pushing images'],
  ['POST', '/networks/create', 'creating networks'],
];

/** Answers 501 with a sentence, where "page not found" would puzzle. They come after all routes that are served. */
export function notOfferedRoutes(): Route[] {
  return NOT_OFFERED.map(([method, path, what]) => ({
    method,
    path,
    handle() {
      throw fail('NOT_OFFERED', `${what} is not supported by this engine yet`);
    },
  }));
}
