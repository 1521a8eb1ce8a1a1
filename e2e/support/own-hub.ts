import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHub, type Hub, type HubAuth } from '@wharf/hub';
import { silentLogger, systemClock } from '@wharf/kit';

/** A request as it came: what of Authorization was there is its scheme only. */
export interface SeenRequest {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** `Basic`, `Bearer`, or empty when there was no Authorization. */
  readonly scheme: string;
}

/** A Hub in the test's own process, on loopback, that notes how it is asked. */
export class OwnHub {
  /** "127.0.0.1:port", as image names begin. */
  readonly host: string;
  readonly hub: Hub;
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #root: string;

  private constructor(hub: Hub, server: Server, root: string) {
    this.hub = hub;
    this.#server = server;
    this.#root = root;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const [scheme = ''] = (request.headers.authorization ?? '').split(' ', 1);
      this.seen.push({ method: request.method ?? '', path, scheme });
      hub.handler(request, response);
    });
  }

  static async start(auth?: HubAuth): Promise<OwnHub> {
    const root = mkdtempSync(join(tmpdir(), 'wharf-e2e-hub-'));
    const hub = createHub({ root, logger: silentLogger, clock: systemClock(), ...(auth && { auth }) });
    const server = createServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    return new OwnHub(hub, server, root);
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
    await this.hub.close();
    rmSync(this.#root, { recursive: true, force: true });
  }
}
