import type { Socket } from 'node:net';
import { Duplex, type Readable } from 'node:stream';
import type { Forwarding, OutputSink } from '@wharf/kit';
import { connectSocket } from '@wharf/linux';

/** The monitor sends up to 64 KiB and a header at once; more may wait in the socket. */
const BUFFER = 128 * 1024;
/** Buffers that may be on their way to the sink; then reading waits. */
const MOST_UNDERWAY = 4;

/** A connection to a container's monitor: reading gives output, writing is input. */
export class AttachedStream extends Duplex implements Forwarding {
  #socket: Socket | undefined;
  #sink: OutputSink | undefined;
  readonly #free: Buffer[] = [];
  #underway = 0;
  #waits = false;

  private constructor() {
    super({ allowHalfOpen: true, highWaterMark: 2 * BUFFER });
    // A monitor that was killed may break the connection before anybody listens; whoever reads sees the end of it.
    this.on('error', () => {});
  }

  /** Connects to the socket `name` in the directory. Throws what connect(2) refuses with. */
  static async connect(directory: string, name: string): Promise<AttachedStream> {
    const stream = new AttachedStream();
    const onread = {
      buffer: () => stream.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER),
      callback: (size: number, buffer: Uint8Array) => stream.#take(buffer as Buffer, size),
    };
    stream.#follow(await connectSocket(directory, name, onread));
    return stream;
  }

  #follow(socket: Socket): void {
    this.#socket = socket;
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      if (!this.readableEnded && !socket.readableEnded) this.push(null);
    });
    // Nothing of it is read as a stream: this only lets its end come.
    socket.resume();
  }

  /** What was read; false: no more for now. */
  #take(buffer: Buffer, size: number): boolean {
    if (this.#sink === undefined) {
      const more = this.push(Buffer.from(buffer.subarray(0, size)));
      this.#free.push(buffer);
      this.#waits = !more;
      return more;
    }
    this.#underway += 1;
    this.#sink.write(buffer.subarray(0, size), () => this.#release(buffer));
    this.#waits = this.#underway >= MOST_UNDERWAY;
    return !this.#waits;
  }

  #release(buffer: Buffer): void {
    this.#free.push(buffer);
    this.#underway -= 1;
    this.#goOn();
  }

  #goOn(): void {
    if (!this.#waits) return;
    this.#waits = false;
    this.#socket?.resume();
  }

  forwardTo(sink: OutputSink): void {
    forwardWaiting(this, sink);
    this.#sink = sink;
    this.#goOn();
  }

  override _read(): void {
    if (this.#sink === undefined) this.#goOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket?.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket?.destroy();
    done(error);
  }
}

/** Gives what waits in a stream to the sink, and all that is still pushed; makes its end come. */
export function forwardWaiting(stream: Readable, sink: OutputSink): void {
  for (let chunk: unknown = stream.read(); Buffer.isBuffer(chunk); chunk = stream.read()) sink.write(chunk, () => {});
  stream.on('data', (chunk: Buffer) => sink.write(chunk, () => {}));
}
