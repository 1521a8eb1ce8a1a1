import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createSecureContext, getCACertificates } from 'node:tls';
import { fail } from './errors.ts';
import { brokenBody, unreachable } from './network-error.ts';
import type { Endpoint } from './types.ts';

/** One HTTP request. A body that is a stream is used up by it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | Readable;
  readonly signal?: AbortSignal;
}

/** An answer whose body has not been read: read it, or `discard` it so that the connection is free again. */
export interface HttpResponse {
  readonly request: HttpRequest;
  readonly status: number;
  readonly statusText: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly stream: http.IncomingMessage;
  readonly url: URL;
}

/** Bounds of one client. */
export interface TransportOptions {
  /** Milliseconds without a byte in either direction after which a connection is given up. */
  readonly idleMs: number;
  /** Connections to one host. */
  readonly maxSockets: number;
  /** Environment with HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  readonly proxyEnv?: NodeJS.ProcessEnv;
}

const DISCARD_BYTES = 64 * 1024;

/** HTTP with kept connections: one agent for plain text, one for each way of trusting certificates. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agents = new Map<string, http.Agent>();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  #agent(protocol: string, trust: Pick<Endpoint, 'insecure' | 'ca'>): http.Agent {
    const key = protocol === 'http:' ? 'http' : `https ${trust.insecure === true} ${trust.ca ?? ''}`;
    const found = this.#agents.get(key);
    if (found) return found;
    const { maxSockets, proxyEnv } = this.#options;
    const common = { keepAlive: true, maxSockets, ...(proxyEnv && { proxyEnv }) };
    const agent =
      protocol === 'http:' ? new http.Agent(common) : new https.Agent({ ...common, ...trustOptions(trust) });
    this.#agents.set(key, agent);
    return agent;
  }

  /** Sends a request and waits for the head of the answer. Throws REGISTRY_UNREACHABLE, REQUEST_CANCELLED. */
  async send(request: HttpRequest, trust: Pick<Endpoint, 'insecure' | 'ca'>): Promise<HttpResponse> {
    const { url, signal } = request;
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw fail('REGISTRY_PROTOCOL', `unsupported protocol scheme ${JSON.stringify(url.protocol)}`);
    }
    if (signal?.aborted) throw cancelled(signal);
    try {
      return await this.#exchange(request, this.#agent(url.protocol, trust));
    } catch (error) {
      if (signal?.aborted) throw cancelled(signal);
      throw unreachable(error, url);
    }
  }

  #exchange(request: HttpRequest, agent: http.Agent): Promise<HttpResponse> {
    const { method, url, headers, body, signal } = request;
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    const module = url.protocol === 'https:' ? https : http;
    const sent = module.request(url, { method, headers, agent, ...(signal && { signal }) });
    sent.on('error', reject);
    sent.on('response', (stream) => {
      translateErrors(stream, signal);
      resolve({
        status: stream.statusCode ?? 0,
        statusText: stream.statusMessage ?? '',
        headers: stream.headers,
        stream,
        url,
        request,
      });
    });
    this.#watchIdle(sent, reject);
    if (body instanceof Readable) pipeline(body, sent).catch(reject);
    else sent.end(body);
    return promise;
  }

  /** Gives the connection up when nothing moves on it, unless it is the reader of the answer who does not read. */
  #watchIdle(sent: http.ClientRequest, reject: (error: unknown) => void): void {
    const { idleMs } = this.#options;
    let answer: http.IncomingMessage | undefined;
    sent.on('response', (stream) => {
      answer = stream;
    });
    sent.setTimeout(idleMs, () => {
      if (answer && answer.readableLength > 0) {
        sent.setTimeout(idleMs);
        return;
      }
      const error = Object.assign(
        fail('REGISTRY_UNREACHABLE', `no data for ${idleMs / 1000} seconds: i/o timeout`, {
          details: { passing: true },
        }),
      );
      reject(error);
      sent.destroy(error);
      answer?.destroy(error);
    });
  }

  /** Ends the kept connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

function trustOptions(trust: Pick<Endpoint, 'insecure' | 'ca'>): https.AgentOptions {
  if (trust.insecure) return { rejectUnauthorized: false };
  const ca = [...getCACertificates('default'), ...getCACertificates('system'), ...(trust.ca ? [trust.ca] : [])];
  return { secureContext: createSecureContext({ ca }) };
}

function cancelled(signal: AbortSignal): Error {
  return fail('REQUEST_CANCELLED', 'context canceled', { cause: signal.reason });
}

/** Makes the stream fail with our errors instead of Node's, without a copy of its bytes through another stream. */
function translateErrors(stream: http.IncomingMessage, signal?: AbortSignal): void {
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (error, callback) => {
    destroy(error, (failure) => {
      if (!failure) callback(failure);
      else callback(signal?.aborted ? cancelled(signal) : brokenBody(failure));
    });
  };
}

/** Reads a whole body of at most `limit` bytes; undefined when it is longer (the connection is then closed). */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer | undefined> {
  if (Number(response.headers['content-length'] ?? 0) > limit) {
    response.stream.destroy();
    return undefined;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Ends a body that nobody wants: short ones are read so that the connection can be used again. */
export function discard(response: HttpResponse): void {
  response.stream.on('error', () => {});
  if (response.request.method === 'HEAD') response.stream.resume();
  else if (Number(response.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= DISCARD_BYTES)
    response.stream.resume();
  else if (response.status !== 204 && response.status !== 304) response.stream.destroy();
}
