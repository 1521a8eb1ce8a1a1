import { fail } from './errors.ts';

/** Archives consist of blocks of this many bytes. */
export const BLOCK = 512;

/** One header block, decoded (POSIX.1-1988 ustar, GNU and V7 layouts). Names are binary strings. */
export interface RawHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** The type flag as a character. */
  readonly flag: string;
  readonly linkname: string;
  readonly major: number;
  readonly minor: number;
}

const CHECKSUM_AT = 148;
const CHECKSUM_LENGTH = 8;

/** Decodes a header block; undefined for a block of zeros (end of the archive). Throws TAR_INVALID. */
export function decodeHeader(block: Buffer): RawHeader | undefined {
  const sums = checksums(block);
  if (sums.unsigned === CHECKSUM_LENGTH * 0x20 && isZero(block)) return undefined;
  const declared = numberField(block, CHECKSUM_AT, CHECKSUM_LENGTH);
  if (declared !== sums.unsigned && declared !== sums.signed) throw fail('TAR_INVALID', 'invalid tar header');
  const flag = String.fromCharCode(block[156] ?? 0);
  const isDevice = flag === '3' || flag === '4';
  return {
    name: fullName(block),
    mode: numberField(block, 100, 8),
    uid: numberField(block, 108, 8),
    gid: numberField(block, 116, 8),
    size: sizeField(block, 124),
    mtime: numberField(block, 136, 12),
    flag,
    linkname: textField(block, 157, 100),
    // Old formats have other things there.
    major: isDevice ? numberField(block, 329, 8) : 0,
    minor: isDevice ? numberField(block, 337, 8) : 0,
  };
}

/** The size field: never negative. */
export function sizeField(block: Buffer, at: number): number {
  const size = numberField(block, at, 12);
  if (size < 0) throw fail('TAR_INVALID', 'invalid tar header: negative size');
  return size;
}

function fullName(block: Buffer): string {
  const name = textField(block, 0, 100);
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  if (!isPosix) return name;
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = textField(block, 345, isStar ? 131 : 155);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textField(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end < 0 || end > at + length ? at + length : end);
}

/** Octal digits, or with the first bit set a big-endian two's complement number (GNU base-256). */
export function numberField(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if (first & 0x80) return base256(block.subarray(at, at + length));
  const text = block.toString('latin1', at, at + length).replace(/^[\0 ]+/, '');
  const end = text.search(/[\0 ]/);
  const digits = end < 0 ? text : text.slice(0, end);
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw fail('TAR_INVALID', 'invalid tar header: bad number');
  return Number.parseInt(digits, 8);
}

function base256(bytes: Buffer): number {
  const negative = ((bytes[0] ?? 0) & 0x40) !== 0;
  let value = BigInt(negative ? (bytes[0] ?? 0) - 0x100 : (bytes[0] ?? 0) & 0x7f);
  for (const byte of bytes.subarray(1)) value = value * 256n + BigInt(byte);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw fail('TAR_INVALID', 'invalid tar header: number out of range');
  return number;
}

/** Some old writers added the bytes up as signed ones. */
function checksums(block: Buffer): { unsigned: number; signed: number } {
  let unsigned = CHECKSUM_LENGTH * 0x20;
  let high = 0;
  for (let at = 0; at < BLOCK; at += 1) {
    if (at === CHECKSUM_AT) at += CHECKSUM_LENGTH;
    const byte = block[at] ?? 0;
    unsigned += byte;
    if (byte >= 0x80) high += 1;
  }
  return { unsigned, signed: unsigned - high * 0x100 };
}

/** True when every byte is zero. */
export function isZero(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
