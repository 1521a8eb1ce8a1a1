import { Agent, type IncomingMessage, request } from 'node:http';
import { fail } from './errors.ts';

/** An answer of an engine: its status and its body as JSON where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** What a streamed answer came to. */
export interface Streamed {
  readonly bytes: number;
  /** Milliseconds from the request to the end of the answer. */
  readonly took: number;
}

/** Body of a request: JSON of a value, or bytes that are produced as fast as the engine takes them. */
export type Body = { readonly json: unknown } | { readonly tar: AsyncIterable<Uint8Array> } | undefined;

/** Speaks the Engine API over kept-open connections, as long-lived programs do; no client's start-up is in the figures. */
export class ApiUser {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  #send(method: string, path: string, body: Body): Promise<IncomingMessage> {
    const type =
      body === undefined ? {} : { 'Content-Type': 'json' in body ? 'application/json' : 'application/x-tar' };
    const headers = { Host: 'bench', ...type };
    return new Promise((resolve, reject) => {
      const outgoing = request({ socketPath: this.#socketPath, agent: this.#agent, method, path, headers }, resolve);
      outgoing.on('error', reject);
      if (body === undefined) outgoing.end();
      else if ('json' in body) outgoing.end(JSON.stringify(body.json));
      else void pump(body.tar, outgoing).catch(reject);
    });
  }

  /** One request whose answer is small. Throws BENCH_REQUEST_FAILED for an answer of 400 and above. */
  async call(method: string, path: string, json?: unknown): Promise<Answer> {
    const response = await this.#send(method, path, json === undefined ? undefined : { json });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const status = response.statusCode ?? 0;
    if (status >= 400) throw fail('BENCH_REQUEST_FAILED', `${method} ${path} ended with ${status}: ${text}`);
    return { status, text };
  }

  /** One request whose answer is read to its end and thrown away. */
  async stream(method: string, path: string, body?: Body): Promise<Streamed> {
    const started = performance.now();
    const response = await this.#send(method, path, body);
    let bytes = 0;
    const status = response.statusCode ?? 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await new Promise((resolve, reject) => response.on('end', resolve).on('error', reject));
    if (status >= 400) throw fail('BENCH_REQUEST_FAILED', `${method} ${path} ended with ${status}`);
    return { bytes, took: performance.now() - started };
  }

  /** Creates a container and gives its ID. */
  async create(config: Readonly<Record<string, unknown>>, name = ''): Promise<string> {
    const query = name === '' ? '' : `?name=${name}`;
    const { text } = await this.call('POST', `/containers/create${query}`, { Image: 'busybox', ...config });
    return (JSON.parse(text) as { Id: string }).Id;
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function pump(source: AsyncIterable<Uint8Array>, target: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of source) {
    if (!target.write(chunk)) await new Promise((resolve) => target.once('drain', resolve));
  }
  target.end();
}

/** Milliseconds that `work` takes. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
