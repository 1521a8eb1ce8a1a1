import { Transform, type TransformCallback } from 'node:stream';

const HEADER = 8;

/**
 * Takes the 8-byte headers out of a multiplexed stream (ContainerAttach, "Stream format"), so that the output of both
 * streams follows each other as it came.
 */
export class Unframe extends Transform {
  readonly #header = Buffer.alloc(HEADER);
  #known = 0;
  /** Bytes of the present frame that are still to come. */
  #left = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        this.push(chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
        continue;
      }
      const taken = chunk.copy(this.#header, this.#known, at, at + HEADER - this.#known);
      this.#known += taken;
      at += taken;
      if (this.#known < HEADER) continue;
      this.#known = 0;
      this.#left = this.#header.readUInt32BE(4);
    }
    done();
  }
}
