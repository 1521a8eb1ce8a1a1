/** The HTTP server in front of the engine. */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Logger, messageOf } from '@wharf/kit';
import type { Identity, RequestContext } from './backends/context.ts';
import type { Backends } from './backends/index.ts';
import { readSmallBody } from './http/body.ts';
import { BodyTap } from './http/body-tap.ts';
import { Connection, detachFromHttp } from './http/connection.ts';
import { type BoundAddress, type ListenAddress, type Listener, listen } from './http/listen.ts';
import { refuseMalformed } from './http/refuse-malformed.ts';
import { failureStatus, sendError } from './http/reply.ts';
import { RequestUpload } from './http/request-upload.ts';
import { type HijackRoute, type Match, parseTarget, Router, type Target } from './http/router.ts';
import { negotiate, type VersionRange } from './http/versions.ts';
import { allRoutes } from './routes/all.ts';

/** How long cut connections may take to be gone, in milliseconds. */
const CUT_MS = 2000;
/** Largest request head, in bytes: credentials for many registries travel in one header. */
const MAX_HEAD = 256 * 1024;

export interface ApiServerOptions {
  readonly backends: Backends;
  readonly logger: Logger;
  /** Accepted API versions, and the engine's own version for the Server header. */
  readonly version: VersionRange & { readonly engine: string };
  /** Shown in the Docker-Experimental header. */
  readonly experimental?: boolean;
  /** Major version of the host's control groups: decides a default of clients older than API 1.41. */
  readonly cgroupVersion: 1 | 2;
  /** Tells who is at the other end; asked once per connection. Absent: everybody is `{ kind: 'local' }`. */
  readonly identify?: (socket: Socket) => Identity | Promise<Identity>;
}

/** A running API server. */
export interface ApiServer {
  /** Starts to listen, on as many addresses as are wanted. Throws ADDRESS_IN_USE, BAD_ADDRESS. */
  listen(address: ListenAddress): Promise<BoundAddress>;
  /** Stops listening, aborts all requests' signals, cuts connections that stay after `graceMs` (1000). */
  close(graceMs?: number): Promise<void>;
}

class HttpApiServer implements ApiServer {
  readonly #options: ApiServerOptions;
  readonly #router: Router;
  readonly #servers = new Map<Server, Listener | undefined>();
  readonly #taken = new Set<Connection>();
  readonly #running = new Set<AbortController>();
  readonly #tap = new BodyTap();
  /** The answer being given on each connection. */
  readonly #answers = new WeakMap<Duplex, ServerResponse>();
  readonly #identities = new WeakMap<Socket, Promise<Identity>>();
  readonly #headers: readonly (readonly [string, string])[];

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const { backends, cgroupVersion, version } = options;
    this.#router = new Router(allRoutes(backends, cgroupVersion));
    this.#headers = [
      ['Api-Version', version.max],
      ['Docker-Experimental', String(options.experimental ?? false)],
      ['Ostype', 'linux'],
      ['Server', `Wharf/${version.engine} (linux)`],
    ];
  }

  async listen(address: ListenAddress): Promise<BoundAddress> {
    const server = this.#createServer();
    const listener = await listen(server, address);
    this.#servers.set(server, listener);
    return listener.address;
  }

  async close(graceMs = 1000): Promise<void> {
    const closing = [...this.#servers].map(async ([server, listener]) => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await listener?.cleanUp();
      await closed;
    });
    for (const controller of this.#running) controller.abort();
    const cut = () => {
      for (const connection of this.#taken) connection.destroy();
      for (const server of this.#servers.keys()) server.closeAllConnections();
    };
    for (const server of this.#servers.keys()) server.closeIdleConnections();
    const timer = setTimeout(cut, graceMs);
    // A connection that cannot be cut must not keep the engine from ending.
    const limit = Promise.withResolvers<void>();
    const last = setTimeout(limit.resolve, graceMs + CUT_MS);
    await Promise.race([Promise.all(closing), limit.promise]);
    clearTimeout(last);
    clearTimeout(timer);
    for (const connection of this.#taken) connection.destroy();
    this.#servers.clear();
  }

  #createServer(): Server {
    const settings: ServerOptions = {
      maxHeaderSize: MAX_HEAD,
      // Uploads and idle clients may take their time; only a head must come soon.
      headersTimeout: 60_000,
      requestTimeout: 0,
      keepAliveTimeout: 0,
      shouldUpgradeCallback: (req) => this.#wantsTakeover(req),
    };
    const server = createServer(settings, (req, res) => void this.#serve(req, res));
    server.on('connection', (socket) => this.#tap.watch(socket));
    server.on('upgrade', (req, socket, head) => void this.#serveUpgrade(req, socket, head));
    server.on('clientError', (error, socket) => this.#refuseMalformed(error, socket));
    return server;
  }

  /** Only where a takeover is offered an Upgrade header means anything; elsewhere clients may ask for h2c in vain. */
  #wantsTakeover(req: IncomingMessage): boolean {
    // It has to wait for its turn then, which `#serve` does; it answers such requests too.
    if (this.#answering(req.socket)) return false;
    try {
      const target = parseTarget(req.url ?? '/');
      return 'hijack' in this.#router.match(req.method ?? '', target, this.#options.version.max).route;
    } catch (error) {
      this.#options.logger.debug('upgrade not offered', { request: req.url, error: messageOf(error) });
      return false;
    }
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = `${req.method} ${req.url}`;
    for (const [name, value] of this.#headers) res.setHeader(name, value);
    const before = this.#answering(req.socket);
    this.#answers.set(req.socket, res);
    res.on('error', (error) => this.#options.logger.debug('answer broke', { request, error: error.message }));
    // Only whoever's turn it is may take the connection over.
    if (before && !(await hasTurn(res, req.socket, before))) return;
    const controller = this.#begin();
    const ended = () => this.#end(controller);
    res.once('close', ended);
    let upload: RequestUpload | undefined;
    try {
      const target = parseTarget(req.url ?? '/');
      const match = this.#router.match(req.method ?? '', target, this.#options.version.max);
      const version = negotiate(target.version, this.#options.version);
      if ('hijack' in match.route) {
        const body = await readSmallBody(req);
        if (body !== undefined) {
          const connection = new Connection(detachFromHttp(req, res), req.socket);
          res.off('close', ended);
          const upgrade = req.headers.upgrade !== undefined;
          await this.#takeOver({ req, body, match, route: match.route, target, connection, upgrade, controller });
          return;
        }
        res.destroy();
        return;
      }
      // In this moment or never: the body comes with the next packet.
      const tapped = match.route.largeBody && !before ? this.#tap.hold(req) : undefined;
      upload = new RequestUpload(req, res, tapped, (connection) => {
        res.off('close', ended);
        this.#keepTaken(connection, req.socket, ended);
      });
      const context = await this.#context(req.socket, version, controller.signal);
      const { params } = match;
      await match.route.handle({
        params,
        query: target.query,
        context,
        logger: this.#options.logger,
        req,
        res,
        upload,
      });
      upload.release();
      if (upload.connection) upload.answer(200, '', this.#headers);
    } catch (error) {
      upload?.release();
      if (upload?.connection) this.#answerTaken(upload, error, request);
      else sendError(res, error, this.#options.logger, request);
    }
  }

  /** The answer that is still being given on a connection, to a request before. */
  #answering(socket: Socket): ServerResponse | undefined {
    const answer = this.#answers.get(socket);
    return answer === undefined || answer.writableFinished || answer.destroyed ? undefined : answer;
  }

  /** A connection that is not HTTP's any more is cut when the server ends. */
  #keepTaken(connection: Connection, socket: Socket, onClosed: () => void): void {
    this.#taken.add(connection);
    socket.once('close', () => {
      this.#taken.delete(connection);
      onClosed();
    });
  }

  #answerTaken(upload: RequestUpload, error: unknown, request: string): void {
    const status = failureStatus(error, this.#options.logger, request);
    upload.answer(status, `${JSON.stringify({ message: messageOf(error) })}\n`, this.#headers);
  }

  async #serveUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#tap.forget(req.socket);
    const connection = new Connection(socket, req.socket, head);
    const controller = this.#begin();
    // Node 26 delivers a body through the request; until it is read the connection's own bytes do not come.
    const body = await readSmallBody(req);
    if (body === undefined) {
      this.#end(controller);
      connection.destroy();
      return;
    }
    const target = parseTarget(req.url ?? '/');
    const match = this.#router.match(req.method ?? '', target, this.#options.version.max);
    if (!('hijack' in match.route)) {
      connection.destroy();
      return;
    }
    await this.#takeOver({ req, body, match, route: match.route, target, connection, upgrade: true, controller });
  }

  async #takeOver(work: {
    req: IncomingMessage;
    body: Buffer;
    match: Match;
    route: HijackRoute;
    target: Target;
    connection: Connection;
    upgrade: boolean;
    controller: AbortController;
  }): Promise<void> {
    const { req, body, match, route, target, connection, upgrade, controller } = work;
    const { logger, version } = this.#options;
    const socket = req.socket;
    if (socket.destroyed) {
      this.#end(controller);
      return;
    }
    this.#keepTaken(connection, socket, () => this.#end(controller));
    try {
      const negotiated = negotiate(target.version, version);
      const context = await this.#context(socket, negotiated, controller.signal);
      const { params } = match;
      await route.hijack({ params, query: target.query, context, logger, req, body, upgrade, connection });
    } catch (error) {
      const status = failureStatus(error, logger, `${req.method} ${req.url}`);
      connection.answer(status, `${JSON.stringify({ message: messageOf(error) })}\n`, this.#headers);
    } finally {
      this.#end(controller);
    }
  }

  #refuseMalformed(error: Error, socket: Duplex): void {
    this.#options.logger.debug('malformed request', { error: error.message });
    refuseMalformed(error, socket, this.#answers.get(socket));
  }

  async #context(socket: Socket, apiVersion: string, signal: AbortSignal): Promise<RequestContext> {
    let identity = this.#identities.get(socket);
    if (identity === undefined) {
      identity = Promise.resolve(this.#options.identify?.(socket) ?? { kind: 'local' });
      this.#identities.set(socket, identity);
    }
    return { identity: await identity, signal, apiVersion };
  }

  #begin(): AbortController {
    const controller = new AbortController();
    this.#running.add(controller);
    return controller;
  }

  #end(controller: AbortController): void {
    this.#running.delete(controller);
    controller.abort();
  }
}

/** Waits until the answer to the request before has been given; false when the connection is gone then. */
async function hasTurn(res: ServerResponse, socket: Socket, before: ServerResponse): Promise<boolean> {
  await new Promise((resolve) => {
    before.once('close', resolve);
    socket.once('close', resolve);
  });
  return !socket.destroyed && res.socket === socket;
}

/** Makes a server that answers Docker's Engine API from the given backends. It listens nowhere yet. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  return new HttpApiServer(options);
}
