import type { ServerResponse } from 'node:http';
import { type Route, type SeenRequest, sendJson } from './fake-engine.ts';
import { sampleDiskUsage } from './sample-disk-usage.ts';
import { sampleContainers, sampleHistory, sampleImages, sampleVolumes } from './sample-lists.ts';
import {
  SAMPLE_CONTAINER,
  SAMPLE_EVENTS,
  SAMPLE_HEALTHY,
  SAMPLE_IMAGE,
  SAMPLE_INFO,
  SAMPLE_NETWORK,
  SAMPLE_VERSION,
  SAMPLE_VOLUME,
} from './sample-objects.ts';

function text(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Api-Version': '1.50', Ostype: 'linux' });
  response.end(body);
}

const reply = (answer: object): Route => ({ answer: (_request, response) => sendJson(response, 200, answer) });

/** What prunes took away. */
const PRUNES: Readonly<Record<string, Route>> = {
  'POST /containers/prune': reply({ ContainersDeleted: ['c0ffee', 'beef'], SpaceReclaimed: 1_234 }),
  'POST /networks/prune': reply({ NetworksDeleted: ['lan'] }),
  'POST /images/prune': reply({
    ImagesDeleted: [{ Untagged: 'old:1' }, { Deleted: 'sha256:abc' }],
    SpaceReclaimed: 77_000,
  }),
  'POST /build/prune': reply({ CachesDeleted: null, SpaceReclaimed: 0 }),
};

/** Answers by name; an unknown name gets the engine's words for it. */
function byName(at: number, objects: Readonly<Record<string, string>>, missing: (name: string) => string): Route {
  return {
    answer(request, response) {
      const name = decodeURIComponent(request.path.split('/')[at] ?? '');
      const found = objects[name];
      if (found === undefined) sendJson(response, 404, { message: missing(name) });
      else text(response, found);
    },
  };
}

function list(now: () => number, make: (now: number) => readonly unknown[]): Route {
  return {
    answer(request: SeenRequest, response) {
      const empty = request.query['filters']?.includes('nothing') === true;
      sendJson(response, 200, empty ? [] : make(Math.floor(now() / 1000)));
    },
  };
}

/**
 * Routes of an engine that has a bit of everything. Ages are counted from `now` (milliseconds); none of them changes
 * its words within half a minute.
 */
export function sampleRoutes(now: () => number = Date.now): Readonly<Record<string, Route>> {
  return {
    'GET /containers/json': list(now, sampleContainers),
    'GET /images/json': list(now, sampleImages),
    'GET /system/df': {
      answer: (_request, response) => sendJson(response, 200, sampleDiskUsage(Math.floor(now() / 1000))),
    },
    ...PRUNES,
    'GET /images/*/history': list(now, sampleHistory),
    'GET /containers/*/json': byName(
      2,
      { web: SAMPLE_CONTAINER, healthy: SAMPLE_HEALTHY },
      (name) => `No such container: ${name}`,
    ),
    'GET /images/*/json': byName(2, { busybox: SAMPLE_IMAGE }, (name) => `No such image: ${name}`),
    'GET /networks/*': byName(2, { lan: SAMPLE_NETWORK }, (name) => `network ${name} not found`),
    'GET /volumes': {
      answer: (_request, response) => sendJson(response, 200, { Volumes: sampleVolumes(), Warnings: null }),
    },
    'POST /volumes/create': {
      answer: (request, response) => sendJson(response, 201, { ...sampleVolumes()[0], ...(request.body as object) }),
    },
    'POST /volumes/prune': {
      answer: (_request, response) =>
        sendJson(response, 200, { VolumesDeleted: ['one', 'two'], SpaceReclaimed: 12_345 }),
    },
    'DELETE /volumes/*': {
      answer(request, response) {
        if (request.path === '/volumes/vol') return void response.writeHead(204).end();
        sendJson(response, 409, { message: 'remove busy: volume is in use - [c0ffee]' });
      },
    },
    'GET /volumes/*': byName(2, { vol: SAMPLE_VOLUME }, (name) => `get ${name}: no such volume`),
    'GET /plugins/*/json': byName(2, {}, (name) => `plugin "${name}" not found`),
    'GET /version': { answer: (_request, response) => text(response, SAMPLE_VERSION) },
    'GET /info': { answer: (_request, response) => text(response, SAMPLE_INFO) },
    'GET /events': { answer: (_request, response) => text(response, SAMPLE_EVENTS) },
  };
}
