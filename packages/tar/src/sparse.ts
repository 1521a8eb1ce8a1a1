import { fail } from './errors.ts';
import { numberField } from './header.ts';
import { type PaxRecord, paxInteger } from './pax.ts';

/** Where the packed bytes of a file with holes belong: pairs of offset and length, ascending. */
export type SparseMap = readonly (readonly [offset: number, length: number])[];

/** A file with holes. A missing map stands at the start of the entry's data (GNU format 1.0). */
export interface Sparse {
  readonly realSize: number;
  readonly map?: SparseMap;
}

/** Bounds memory: GNU tar writes one pair per hole. */
const MAX_REGIONS = 1_000_000;

/** Old GNU format: pairs in the header block. */
export function headerRegions(block: Buffer): { pairs: number[]; extended: boolean; realSize: number } {
  return { pairs: regions(block, 386, 4), extended: block[482] === 1, realSize: numberField(block, 483, 12) };
}

/** Old GNU format: pairs in a block that follows the header. */
export function extensionRegions(block: Buffer): { pairs: number[]; extended: boolean } {
  return { pairs: regions(block, 0, 21), extended: block[504] === 1 };
}

function regions(block: Buffer, at: number, count: number): number[] {
  const pairs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const place = at + index * 24;
    if (block[place] === 0) break;
    pairs.push(numberField(block, place, 12), numberField(block, place + 12, 12));
  }
  return pairs;
}

/** GNU's pax formats 0.0, 0.1 and 1.0; undefined when the records describe no sparse file. Throws TAR_INVALID. */
export function sparseOfPax(records: readonly PaxRecord[], packedSize: number): Sparse | undefined {
  const last = new Map(records);
  const major = last.get('GNU.sparse.major');
  if (major !== undefined) {
    const minor = last.get('GNU.sparse.minor')?.toString('latin1');
    if (major.toString('latin1') !== '1' || minor !== '0') return undefined;
    return { realSize: paxInteger(last.get('GNU.sparse.realsize') ?? Buffer.alloc(0)) };
  }
  const size = last.get('GNU.sparse.size');
  if (size === undefined) return undefined;
  const text = last.get('GNU.sparse.map')?.toString('latin1');
  const numbers =
    text === undefined
      ? records
          .filter(([key]) => key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
          .map(([, value]) => paxInteger(value))
      : text
          .split(',')
          .filter(Boolean)
          .map((part) => paxInteger(Buffer.from(part)));
  const realSize = paxInteger(size);
  return { realSize, map: checkedMap(numbers, realSize, packedSize) };
}

/** Pairs as a map, checked: ascending, inside the file, and together as long as the packed data. Throws TAR_INVALID. */
export function checkedMap(numbers: readonly number[], realSize: number, packedSize: number): SparseMap {
  if (numbers.length % 2 !== 0 || numbers.length / 2 > MAX_REGIONS) throw invalid();
  const map: [number, number][] = [];
  let end = 0;
  let total = 0;
  for (let at = 0; at < numbers.length; at += 2) {
    const offset = numbers[at] ?? 0;
    const length = numbers[at + 1] ?? 0;
    if (offset < end || length < 0 || offset + length > realSize) throw invalid();
    end = offset + length;
    total += length;
    if (length > 0) map.push([offset, length]);
  }
  if (total !== packedSize) throw invalid();
  return map;
}

/** Reads the map that stands before the data of GNU format 1.0: decimal numbers, one a line, padded to a block. */
export class MapReader {
  readonly #lines: number[] = [];
  #rest = '';
  #consumed = 0;

  /** Takes one block; returns the numbers (without the count) once the map is complete. Throws TAR_INVALID. */
  push(block: Buffer): number[] | undefined {
    this.#consumed += block.length;
    const lines = (this.#rest + block.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (this.#complete()) break;
      this.#lines.push(paxInteger(Buffer.from(line)));
    }
    if ((this.#lines[0] ?? 0) > MAX_REGIONS) throw invalid();
    return this.#complete() ? this.#lines.slice(1) : undefined;
  }

  #complete(): boolean {
    const count = this.#lines[0];
    return count !== undefined && this.#lines.length === 1 + 2 * count;
  }

  /** Bytes that the map took of the entry's data. */
  get consumed(): number {
    return this.#consumed;
  }
}

function invalid(): Error {
  return fail('TAR_INVALID', 'invalid tar header: bad sparse map');
}
