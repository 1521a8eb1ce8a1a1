/**
 * The framing of the Engine API's multiplexed streams: 8 bytes (stream number, three zeros, big-endian length), then
 * that many bytes (Engine API, "Stream format" of ContainerAttach).
 */

/** 0 stdin (written to stdout), 1 stdout, 2 stderr, 3 an error text of the engine itself. */
export type StreamNumber = 0 | 1 | 2 | 3;

const HEADER = 8;

/** Takes a multiplexed stream apart. Nothing but an unfinished header is kept, whatever length a frame claims. */
export class FrameReader {
  readonly #onData: (stream: StreamNumber, chunk: Uint8Array) => void;
  readonly #header = new Uint8Array(HEADER);
  #headerLength = 0;
  #stream: StreamNumber = 0;
  #left = 0;

  /** `onData` gets each frame's bytes as they arrive, maybe in several parts. */
  constructor(onData: (stream: StreamNumber, chunk: Uint8Array) => void) {
    this.#onData = onData;
  }

  /** True when the bytes so far end between two frames. */
  get atBoundary(): boolean {
    return this.#left === 0 && this.#headerLength === 0;
  }

  /** Takes the next bytes. Throws RangeError for an unknown stream number. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        this.#left -= part.length;
        at += part.length;
        this.#onData(this.#stream, part);
        continue;
      }
      const part = bytes.subarray(at, at + HEADER - this.#headerLength);
      this.#header.set(part, this.#headerLength);
      this.#headerLength += part.length;
      at += part.length;
      if (this.#headerLength === HEADER) this.#begin();
    }
  }

  #begin(): void {
    const header = this.#header;
    const stream = header[0] ?? 0;
    if (stream > 3) throw new RangeError(`unrecognized stream: ${stream}`);
    this.#stream = stream as StreamNumber;
    this.#left = new DataView(header.buffer).getUint32(4);
    this.#headerLength = 0;
  }
}

/** The header of a frame with `length` bytes. */
export function frameHeader(stream: StreamNumber, length: number): Uint8Array {
  const header = new Uint8Array(HEADER);
  header[0] = stream;
  new DataView(header.buffer).setUint32(4, length);
  return header;
}
