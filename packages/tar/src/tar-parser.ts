import { displayName } from './binary-name.ts';
import { composeEntry, padding, type TarEntry } from './entry.ts';
import { fail } from './errors.ts';
import { BLOCK, decodeHeader, isZero, type RawHeader } from './header.ts';
import { type PaxRecord, parsePax } from './pax.ts';
import { checkedMap, extensionRegions, headerRegions, MapReader, type Sparse } from './sparse.ts';

/** Whom the parser tells what it finds, in the archive's order: entry, data…, entryEnd; entry, … */
export interface TarHandler {
  entry(entry: TarEntry): void;
  data(chunk: Buffer): void;
  entryEnd(): void;
}

/** Longest extended header or long name. Real ones have a few kilobytes; security labels can be larger. */
const MAX_META = 1024 * 1024;
const META = new Set(['x', 'g', 'L', 'K']);

type State = 'header' | 'meta' | 'extension' | 'map' | 'data' | 'padding' | 'end';

/**
 * Reads an archive as it arrives, without waiting for anything: all calls are synchronous, memory is bounded by one
 * extended header. Knows ustar, pax, GNU (long names, sparse files) and V7. `tar-stream` was not enough: it decodes
 * attribute values as UTF-8, which destroys security.capability, and has no sparse files.
 */
export class TarParser {
  readonly #handler: TarHandler;
  readonly #pieces: Buffer[] = [];
  #gathered = 0;
  #state: State = 'header';
  #left = 0;
  #meta: RawHeader | undefined;
  #header: RawHeader | undefined;
  #records: PaxRecord[] = [];
  #longName: string | undefined;
  #longLink: string | undefined;
  #pairs: number[] = [];
  #realSize = 0;
  #entry: TarEntry | undefined;
  #map: MapReader | undefined;
  #zeroBlocks = 0;
  #trailing = 0;

  constructor(handler: TarHandler) {
    this.#handler = handler;
  }

  /** Bytes after the end mark that are not zeros' padding. */
  get trailingBytes(): number {
    return this.#trailing;
  }

  /** Takes the next bytes. Throws TAR_INVALID, and what the handler throws. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const rest = chunk.length - at;
      if (this.#state === 'end') {
        if (!isZero(chunk.subarray(at))) this.#trailing += rest;
        return;
      }
      if (this.#state === 'data' || this.#state === 'padding') {
        const take = Math.min(rest, this.#left);
        this.#left -= take;
        if (this.#state === 'data') this.#handler.data(chunk.subarray(at, at + take));
        at += take;
        if (this.#left === 0) this.#dataDone();
        continue;
      }
      const wanted = this.#state === 'meta' ? this.#left : BLOCK;
      const take = Math.min(rest, wanted - this.#gathered);
      this.#gather(chunk.subarray(at, at + take), wanted);
      at += take;
    }
  }

  /** Says that there are no more bytes. Throws TAR_TRUNCATED. */
  finish(): void {
    const atBoundary = this.#state === 'header' && this.#gathered === 0 && this.#meta === undefined && !this.#pending();
    if (atBoundary || this.#state === 'end') return;
    const inside = this.#entry ? ` in entry "${displayName(this.#entry.name)}"` : '';
    throw fail('TAR_TRUNCATED', `unexpected EOF${inside}`);
  }

  #pending(): boolean {
    return this.#records.length > 0 || this.#longName !== undefined || this.#longLink !== undefined;
  }

  /** Collects a block or an extended header; a block that lies in one chunk is not copied. */
  #gather(piece: Buffer, wanted: number): void {
    if (this.#gathered === 0 && piece.length === wanted) {
      this.#block(piece);
      return;
    }
    this.#pieces.push(Buffer.from(piece));
    this.#gathered += piece.length;
    if (this.#gathered < wanted) return;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces.length = 0;
    this.#gathered = 0;
    this.#block(whole);
  }

  #block(block: Buffer): void {
    if (this.#state === 'meta') this.#metaDone(block);
    else if (this.#state === 'extension') this.#extension(block);
    else if (this.#state === 'map') this.#mapBlock(block);
    else this.#headerBlock(block);
  }

  #headerBlock(block: Buffer): void {
    const header = decodeHeader(block);
    if (header === undefined) {
      this.#zeroBlocks += 1;
      if (this.#zeroBlocks === 2) this.#state = 'end';
      return;
    }
    // One lone block of zeros between entries is passed over, as GNU tar does.
    this.#zeroBlocks = 0;
    if (META.has(header.flag)) {
      if (header.size > MAX_META) throw fail('TAR_TOO_LARGE', 'tar header: extended header is too large');
      this.#meta = header;
      this.#left = header.size + padding(header.size);
      this.#state = 'meta';
      if (this.#left === 0) this.#metaDone(Buffer.alloc(0));
    } else if (header.flag === 'S') {
      const { pairs, extended, realSize } = headerRegions(block);
      this.#header = header;
      this.#pairs = pairs;
      this.#realSize = realSize;
      if (extended) this.#state = 'extension';
      else this.#begin(header, this.#oldSparse(header));
    } else {
      this.#begin(header);
    }
  }

  #metaDone(padded: Buffer): void {
    const meta = this.#meta;
    this.#meta = undefined;
    this.#state = 'header';
    if (meta === undefined) return;
    // The bytes may belong to a chunk that is reused or large: keep a copy of what is small.
    const data = Buffer.from(padded.subarray(0, meta.size));
    if (meta.flag === 'x') this.#records = parsePax(data);
    else if (meta.flag === 'L') this.#longName = untilNul(data);
    else if (meta.flag === 'K') this.#longLink = untilNul(data);
    // Global extended headers carry comments in practice; Docker does not apply them either.
  }

  #extension(block: Buffer): void {
    const { pairs, extended } = extensionRegions(block);
    this.#pairs.push(...pairs);
    if (this.#pairs.length > MAX_META) throw fail('TAR_TOO_LARGE', 'tar header: sparse map is too large');
    if (!extended && this.#header) this.#begin(this.#header, this.#oldSparse(this.#header));
  }

  #oldSparse(header: RawHeader): Sparse {
    return { realSize: this.#realSize, map: checkedMap(this.#pairs, this.#realSize, header.size) };
  }

  #begin(header: RawHeader, oldSparse?: Sparse): void {
    const long = {
      ...(this.#longName !== undefined && { name: this.#longName }),
      ...(this.#longLink !== undefined && { linkname: this.#longLink }),
    };
    const entry = composeEntry(header, long, this.#records, oldSparse);
    this.#records = [];
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#header = undefined;
    if (entry === undefined) {
      throw fail(
        'TAR_INVALID',
        `unhandled tar header type ${header.flag.charCodeAt(0)} ("${displayName(header.name)}")`,
      );
    }
    this.#entry = entry;
    this.#left = entry.size;
    if (entry.sparse && entry.sparse.map === undefined) {
      this.#map = new MapReader();
      this.#state = 'map';
      if (entry.size < BLOCK) throw fail('TAR_INVALID', 'invalid tar header: bad sparse map');
      return;
    }
    this.#handler.entry(entry);
    this.#state = 'data';
    if (this.#left === 0) this.#dataDone();
  }

  #mapBlock(block: Buffer): void {
    const entry = this.#entry;
    const numbers = this.#map?.push(block);
    this.#left -= block.length;
    if (!entry?.sparse || this.#left < 0) throw fail('TAR_INVALID', 'invalid tar header: bad sparse map');
    if (numbers === undefined) return;
    const { realSize } = entry.sparse;
    this.#map = undefined;
    this.#handler.entry({ ...entry, sparse: { realSize, map: checkedMap(numbers, realSize, this.#left) } });
    this.#state = 'data';
    if (this.#left === 0) this.#dataDone();
  }

  #dataDone(): void {
    const size = this.#entry?.size ?? 0;
    if (this.#state === 'data') {
      this.#handler.entryEnd();
      this.#left = padding(size);
      this.#state = 'padding';
    }
    if (this.#left > 0) return;
    this.#entry = undefined;
    this.#state = 'header';
  }
}

function untilNul(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString('latin1', 0, end < 0 ? data.length : end);
}
