import { fail } from '../errors.ts';
import type { ResponseHead } from './head.ts';

/**
 * Cuts an answer's body out of the bytes that follow its head. `feed` passes body bytes to `emit` and returns the bytes
 * behind the body once it has ended, undefined until then.
 */
export interface BodyDecoder {
  feed(bytes: Buffer, emit: (chunk: Buffer) => void): Buffer | undefined;
  /** True when the end of the connection is a proper end of the body. */
  readonly endsWithConnection: boolean;
}

function lengthDecoder(length: number): BodyDecoder {
  let left = length;
  return {
    endsWithConnection: false,
    feed(bytes, emit) {
      const own = bytes.subarray(0, left);
      left -= own.length;
      if (own.length > 0) emit(own);
      return left === 0 ? bytes.subarray(own.length) : undefined;
    },
  };
}

const untilClose: BodyDecoder = {
  endsWithConnection: true,
  feed(bytes, emit) {
    if (bytes.length > 0) emit(bytes);
    return undefined;
  },
};

/** A chunk's size line, extensions included, may not be longer. */
const MAX_LINE = 4096;

/** RFC 9112 §7.1. */
class ChunkedDecoder implements BodyDecoder {
  readonly endsWithConnection = false;
  /** Bytes of a line that has not ended yet. */
  #line = '';
  /** Bytes left of the chunk; -2 means that its line end comes next. */
  #left = -1;
  #inTrailer = false;

  feed(bytes: Buffer, emit: (chunk: Buffer) => void): Buffer | undefined {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#left > 0) {
        const own = rest.subarray(0, this.#left);
        this.#left -= own.length;
        rest = rest.subarray(own.length);
        emit(own);
        continue;
      }
      const newline = rest.indexOf(10);
      this.#line += rest.toString('latin1', 0, newline < 0 ? rest.length : newline);
      if (this.#line.length > MAX_LINE) throw fail('ENGINE_PROTOCOL', 'a chunk of the answer has an endless size line');
      if (newline < 0) return undefined;
      rest = rest.subarray(newline + 1);
      const line = this.#line.replace(/\r$/, '');
      this.#line = '';
      if (this.#endOf(line)) return rest;
    }
    return undefined;
  }

  /** Takes one whole line; true when it ends the body. */
  #endOf(line: string): boolean {
    if (this.#inTrailer) return line === '';
    if (this.#left === 0) {
      if (line !== '') throw fail('ENGINE_PROTOCOL', 'a chunk of the answer does not end where it should');
      this.#left = -1;
      return false;
    }
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
    if (size === undefined) throw fail('ENGINE_PROTOCOL', 'a chunk of the answer has no size');
    this.#left = Number.parseInt(size, 16);
    this.#inTrailer = this.#left === 0;
    return false;
  }
}

/** The decoder for an answer (RFC 9112 §6.3), undefined when it has no body. Throws ENGINE_PROTOCOL. */
export function bodyDecoder(method: string, head: ResponseHead): BodyDecoder | undefined {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return undefined;
  const coding = head.headers.get('transfer-encoding');
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw fail('ENGINE_PROTOCOL', `unknown transfer coding ${coding}`);
    return new ChunkedDecoder();
  }
  const length = head.headers.get('content-length');
  if (length === undefined) return untilClose;
  if (!/^\d{1,15}$/.test(length)) throw fail('ENGINE_PROTOCOL', `bad content length ${length.slice(0, 40)}`);
  return length === '0' ? undefined : lengthDecoder(Number(length));
}
