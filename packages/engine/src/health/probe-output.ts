import { FrameReader } from '@wharf/spec';

const MOST = 4096;

/** What a check prints on both streams, as far as it is kept. */
export class ProbeOutput {
  readonly #parts: Uint8Array[] = [];
  readonly #reader = new FrameReader((_, chunk) => this.#keep(chunk));
  #size = 0;
  #cut = false;

  /** Takes the next bytes of a multiplexed stream. Throws RangeError when they are none. */
  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  #keep(chunk: Uint8Array): void {
    const part = chunk.subarray(0, MOST - this.#size);
    if (part.length > 0) this.#parts.push(Buffer.from(part));
    this.#size += part.length;
    this.#cut ||= part.length < chunk.length;
  }

  /** The text so far; three dots stand for what is missing. */
  text(): string {
    return `${Buffer.concat(this.#parts).toString('utf8')}${this.#cut ? '...' : ''}`;
  }
}
