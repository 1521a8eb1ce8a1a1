import { connect, type Socket } from 'node:net';
import { errnoOf, messageOf, WharfError } from '@wharf/kit';
import { fail } from '../errors.ts';
import { Connection, type WireRequest, type WireResponse, wentStale } from './connection.ts';
import type { Host } from './host.ts';

/** Servers close idle connections after about five seconds; ours are not trusted that long. */
const MAX_IDLE_MS = 2000;

function unreachable(host: Host, cause: unknown): WharfError {
  const where = `the Wharf engine at ${host.name}`;
  const errno = errnoOf(cause);
  if (errno === 'EACCES' || errno === 'EPERM') {
    const message = `permission denied while trying to connect to ${where}`;
    return fail('ENGINE_UNREACHABLE', message, { cause, details: { host: host.name, errno } });
  }
  const known = errno === 'ENOENT' || errno === 'ECONNREFUSED';
  const reason = known ? '' : ` (${messageOf(cause)})`;
  const message = `Cannot connect to ${where}. Is the engine running?${reason}`;
  return fail('ENGINE_UNREACHABLE', message, { cause, details: { host: host.name, errno } });
}

/** The connections to one engine: idle ones are used again, as many as are needed are opened. */
export class Pool {
  readonly #host: Host;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  readonly #onUnreachable: (() => Promise<void>) | undefined;
  #recovery: Promise<void> | undefined;

  constructor(host: Host, onUnreachable?: () => Promise<void>) {
    this.#host = host;
    this.#onUnreachable = onUnreachable;
  }

  /** Value of the Host header. */
  get authority(): string {
    return this.#host.kind === 'unix' ? 'localhost' : `${this.#host.host}:${this.#host.port}`;
  }

  /** Sends a request on a free connection. Throws ENGINE_UNREACHABLE, ENGINE_GONE, ENGINE_PROTOCOL, REQUEST_CANCELLED. */
  async send(request: WireRequest, signal?: AbortSignal): Promise<WireResponse> {
    const cancelled = () => fail('REQUEST_CANCELLED', 'the request was cancelled', { cause: signal?.reason });
    if (signal?.aborted) throw cancelled();
    const used = this.#takeIdle();
    const connection = used ?? (await this.#connectOrRecover());
    const abort = (): void => connection.cancel(request, cancelled());
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await connection.send(request);
    } catch (error) {
      // A request that changes something may have been carried out before the connection broke.
      const repeatable = request.method === 'GET' || request.method === 'HEAD';
      if (used && repeatable && wentStale(connection, error) && !signal?.aborted)
        return await this.send(request, signal);
      throw error;
    }
  }

  #takeIdle(): Connection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.usable && performance.now() - connection.idleSince < MAX_IDLE_MS) return connection;
      connection.destroy();
      this.#open.delete(connection);
    }
    return undefined;
  }

  /** Connects; where nobody listens, lets the owner bring somebody up, once for all who wait. */
  async #connectOrRecover(): Promise<Connection> {
    try {
      return await this.#connect();
    } catch (error) {
      const errno = error instanceof WharfError ? String(error.details['errno']) : '';
      if (!this.#onUnreachable || !['ENOENT', 'ECONNREFUSED'].includes(errno)) throw error;
      this.#recovery ??= this.#onUnreachable();
      await this.#recovery;
      return this.#connect();
    }
  }

  #connect(): Promise<Connection> {
    const host = this.#host;
    const target = host.kind === 'unix' ? { path: host.path } : { host: host.host, port: host.port };
    return new Promise((resolve, reject) => {
      const socket: Socket = connect({ ...target, allowHalfOpen: true });
      const onError = (cause: Error): void => reject(unreachable(host, cause));
      socket.once('error', onError);
      socket.once('connect', () => {
        socket.off('error', onError);
        const connection = new Connection(socket, (idle) => {
          idle.idleSince = performance.now();
          this.#idle.push(idle);
        });
        this.#open.add(connection);
        socket.once('close', () => this.#open.delete(connection));
        resolve(connection);
      });
    });
  }

  /** Drops all connections that still speak HTTP; hijacked streams live on. */
  close(): void {
    for (const connection of this.#open) connection.destroy();
    this.#open.clear();
    this.#idle.length = 0;
  }
}
