import { fail } from './errors.ts';

/** Keyword and value of one extended header record, in the archive's order. Values are bytes: attributes are binary. */
export type PaxRecord = readonly [key: string, value: Buffer];

const MAX_LENGTH_DIGITS = 10;

/** Reads the records of an extended header (POSIX.1-2001 pax, "length key=value\n"). Throws TAR_INVALID. */
export function parsePax(data: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    if (space <= at || space - at > MAX_LENGTH_DIGITS) throw invalid();
    const digits = data.toString('latin1', at, space);
    const end = at + Number(digits);
    if (!/^[0-9]+$/.test(digits) || end > data.length || end <= space + 1 || data[end - 1] !== 0x0a) throw invalid();
    const equals = data.indexOf(0x3d, space);
    if (equals < 0 || equals >= end - 1 || equals === space + 1) throw invalid();
    records.push([data.toString('utf8', space + 1, equals), data.subarray(equals + 1, end - 1)]);
    at = end;
  }
  return records;
}

/** Writes one record. */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  // The length counts its own digits.
  let length = body.length + 1;
  while (body.length + String(length).length !== length) length = body.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

/** A decimal number of a record, with or without a fraction. Throws TAR_INVALID. */
export function paxNumber(value: Buffer): number {
  const text = value.toString('latin1');
  if (!/^-?[0-9]{1,19}(\.[0-9]*)?$/.test(text)) throw invalid();
  return Number(text);
}

/** A size or identity number: a safe, not negative integer. Throws TAR_INVALID. */
export function paxInteger(value: Buffer): number {
  const number = paxNumber(value);
  if (!Number.isSafeInteger(number) || number < 0) throw invalid();
  return number;
}

function invalid(): Error {
  return fail('TAR_INVALID', 'invalid tar header: bad extended header');
}
