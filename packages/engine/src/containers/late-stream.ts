import { Duplex } from 'node:stream';
import { type Forwarding, isForwarding, type OutputSink } from '@wharf/kit';
import { forwardWaiting } from '@wharf/runtime';

/**
 * A stream to a container that does not run yet: what is written waits until the container has started, then both
 * directions go through the connection to its cell. Ends when the container's output does, or when the start failed.
 */
export class LateStream extends Duplex implements Forwarding {
  #sink: OutputSink | undefined;
  #target: Duplex | undefined;
  #waiting: (() => void)[] = [];
  #givenUp = false;

  constructor() {
    super({ allowHalfOpen: true, highWaterMark: 256 * 1024 });
  }

  readonly #pass = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#target?.pause();
  };

  forwardTo(sink: OutputSink): void {
    forwardWaiting(this, sink);
    this.#sink = sink;
    const target = this.#target;
    if (target === undefined || !isForwarding(target)) return;
    target.off('data', this.#pass);
    target.forwardTo(sink);
  }

  /** Joins the stream to the container. */
  connectTo(target: Duplex): void {
    if (this.destroyed) {
      target.destroy();
      return;
    }
    this.#target = target;
    if (this.#sink && isForwarding(target)) target.forwardTo(this.#sink);
    else target.on('data', this.#pass);
    target.on('end', () => this.push(null));
    target.on('error', (error) => this.destroy(error));
    target.on('close', () => {
      if (!this.readableEnded && !target.readableEnded) this.push(null);
    });
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Ends the stream without a container: its start failed, or it was removed. */
  giveUp(): void {
    this.#givenUp = true;
    this.push(null);
    for (const resume of this.#waiting.splice(0)) resume();
  }

  override _read(): void {
    this.#target?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#whenConnected(() => {
      const target = this.#target;
      if (!target || target.destroyed || target.write(chunk)) {
        done();
        return;
      }
      // A container that ended takes nothing any more, and what was meant for it is nobody's.
      const taken = () => {
        target.off('drain', taken).off('close', taken);
        done();
      };
      target.once('drain', taken).once('close', taken);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenConnected(() => {
      this.#target?.end();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#target?.destroy();
    done(error);
  }

  #whenConnected(work: () => void): void {
    if (this.#target || this.#givenUp) work();
    else this.#waiting.push(work);
  }
}
