import { createServer } from 'node:net';
import { fail } from './errors.ts';

/** Ports below the range from which the kernel takes those of outgoing connections (32768 and up). */
const FIRST = 20_000;
const COUNT = 10_000;

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}

/** A port of the loopback interface that nobody uses, for a server that must be told one and keep it over restarts. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
  throw fail('E2E_NO_PORT', `no free port from ${FIRST} to ${FIRST + COUNT - 1}`);
}
