import type { Duplex } from 'node:stream';
import { frameHeader } from '@wharf/spec';
import { type FakeEngine, type Route, sendJson, startFakeEngine } from './fake-engine.ts';

/** What the one container of the engine does. */
export interface Script {
  readonly tty?: boolean;
  /** The image is missing until it was pulled. */
  readonly missing?: boolean;
  /** The pull does not end. */
  readonly endless?: boolean;
  /** The answer to a start that fails. */
  readonly startFails?: string;
  readonly exitCode?: number;
  readonly warnings?: readonly string[];
  /** Called when the container runs; `end` ends it. */
  onStart?(container: RunningContainer): void;
  /** Called with what it reads. */
  onInput?(text: string, container: RunningContainer): void;
  onInputEnd?(container: RunningContainer): void;
  onKill?(signal: string, container: RunningContainer): void;
}

export interface RunningContainer {
  write(stream: 1 | 2, text: string): void;
  end(): void;
}

export const ID = 'c'.repeat(64);

const PROGRESS = [
  { status: 'Pulling from library/busybox', id: 'latest' },
  { status: 'Pulling fs layer', progressDetail: {}, id: 'layer' },
  { status: 'Downloading', progressDetail: { current: 1, total: 2 }, id: 'layer' },
  { status: 'Pull complete', progressDetail: {}, id: 'layer' },
  { status: 'Status: Downloaded newer image for busybox:latest' },
];

/** The life of one container, acted out for the client by the script. */
export function startContainerEngine(script: Script): Promise<FakeEngine> {
  const present = { image: !script.missing };
  const sockets: Duplex[] = [];
  let finish = (): void => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const container: RunningContainer = {
    write(stream, text) {
      const bytes = Buffer.from(text);
      for (const socket of sockets) {
        socket.write(script.tty ? bytes : Buffer.concat([frameHeader(stream, bytes.length), bytes]));
      }
    },
    end() {
      for (const socket of sockets) socket.end();
      finish();
    },
  };
  const routes: Record<string, Route> = {
    'POST /containers/create': {
      answer(_, response) {
        if (!present.image) sendJson(response, 404, { message: 'No such image: busybox:latest' });
        else sendJson(response, 201, { Id: ID, Warnings: script.warnings ?? [] });
      },
    },
    'POST /images/create': {
      answer(_, response) {
        present.image = true;
        response.writeHead(200, { 'Content-Type': 'application/json' });
        for (const message of PROGRESS) response.write(`${JSON.stringify(message)}\r\n`);
        if (!script.endless) response.end();
      },
    },
    'POST /containers/*/attach': {
      upgrade(_, socket) {
        sockets.push(socket);
        const type = script.tty ? 'raw' : 'multiplexed';
        const head = `Content-Type: application/vnd.docker.${type}-stream\r\nConnection: Upgrade\r\nUpgrade: tcp`;
        socket.write(`HTTP/1.1 101 UPGRADED\r\n${head}\r\n\r\n`);
        socket.on('data', (chunk: Buffer) => script.onInput?.(chunk.toString(), container));
        socket.on('end', () => script.onInputEnd?.(container));
      },
    },
    'POST /containers/*/wait': {
      async answer(_, response) {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.flushHeaders();
        await ended;
        response.end(JSON.stringify({ StatusCode: script.exitCode ?? 0 }));
      },
    },
    'POST /containers/*/start': {
      answer(_, response) {
        if (script.startFails !== undefined) {
          sendJson(response, 400, { message: script.startFails });
          container.end();
          return;
        }
        response.writeHead(204).end();
        if (script.onStart) script.onStart(container);
      },
    },
    'POST /containers/*/kill': {
      answer(request, response) {
        response.writeHead(204).end();
        script.onKill?.(request.query['signal'] ?? '', container);
      },
    },
    'POST /containers/*/resize': { answer: (_, response) => void response.writeHead(200).end() },
    'GET /containers/*/json': {
      answer(_, response) {
        const Config = { Tty: script.tty ?? false, OpenStdin: true };
        sendJson(response, 200, { Id: ID, State: { Running: true }, Config, HostConfig: { AutoRemove: false } });
      },
    },
  };
  return startFakeEngine(routes);
}
