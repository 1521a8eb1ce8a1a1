import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ArchiveUpload, DirectUpload } from '../backends/archive.ts';
import { fail } from '../errors.ts';
import { resumeReading, type TappedBody } from './body-tap.ts';
import type { Connection } from './connection.ts';
import { MAX_UNWANTED } from './reply.ts';

/** The body of one request, as a large one is taken: through HTTP, or from the connection itself. */
export class RequestUpload implements ArchiveUpload {
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #onTaken: (connection: Connection) => void;
  #tapped: TappedBody | undefined;
  #connection: Connection | undefined;

  /** `onTaken` is told the connection when it is taken: the answer goes there then. */
  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    tapped: TappedBody | undefined,
    onTaken: (connection: Connection) => void,
  ) {
    this.#req = req;
    this.#res = res;
    this.#tapped = tapped;
    this.#onTaken = onTaken;
  }

  /** The connection that the answer goes to, when the body was read from it. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  get chunks(): AsyncIterable<Uint8Array> {
    this.release();
    return bodyOf(this.#req);
  }

  take(): DirectUpload | undefined {
    if (!this.#tapped || this.#req.socket.destroyed) return undefined;
    const { upload, connection } = this.#tapped.take(this.#res);
    this.#tapped = undefined;
    this.#connection = connection;
    this.#onTaken(connection);
    return upload;
  }

  /** Lets HTTP have the body, if nobody has taken it. */
  release(): void {
    this.#tapped?.release();
    this.#tapped = undefined;
  }

  /** Answers on the connection that was taken; nothing is read from it elsewhere any more. */
  answer(status: number, body: string, headers: readonly (readonly [string, string])[]): void {
    resumeReading(this.#req.socket);
    this.#connection?.answer(status, body, headers);
  }

  /** Reads on for a while: a client that is still sending would be told of a broken connection, not of what is wrong. */
  async readOff(): Promise<void> {
    if (this.#connection) return;
    let left = MAX_UNWANTED;
    try {
      for await (const chunk of this.chunks) {
        left -= chunk.length;
        if (left < 0) return;
      }
    } catch {
      // It is gone.
    }
  }
}

async function* bodyOf(req: IncomingMessage): AsyncGenerator<Uint8Array, void> {
  try {
    // Without destroyOnReturn the answer to an archive that is refused could not be sent any more.
    for await (const chunk of req.iterator({ destroyOnReturn: false })) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (error) {
    throw fail('CLIENT_GONE', 'the client closed the connection', { cause: error });
  }
}
