import { readFileSync } from 'node:fs';

/** Where the zone database of a Unix machine is. */
const DATABASE = '/usr/share/zoneinfo/';
const LOCAL = '/etc/localtime';

/** No zone of the database comes near this size (bytes). */
const LIMIT = 1 << 20;

/** A kind of local time: its offset in seconds and where its letters begin. */
interface LocalType {
  readonly offset: number;
  readonly letters: number;
}

/**
 * The letters of the local zone (`CET`, `JST`) at an instant in seconds whose offset in minutes is known. They are read
 * from the machine's zone database (RFC 8536), as Go does: what JavaScript knows of them depends on the language.
 */
export function zoneName(seconds: number, offset: number, zone: string | undefined): string {
  const fallback = offset === 0 ? 'UTC' : numeric(offset);
  if (zone === '' || zone === 'UTC') return fallback;
  const name = zone?.replace(/^:/, '');
  const path = name === undefined ? LOCAL : name.startsWith('/') ? name : DATABASE + name;
  try {
    const bytes = readFileSync(path);
    return bytes.length > LIMIT ? fallback : (letters(bytes, seconds, offset * 60) ?? fallback);
  } catch {
    return fallback; // No such zone, or a file that is none: the offset says enough.
  }
}

/** What zones without letters are called: `+03`. */
function numeric(offset: number): string {
  const size = Math.abs(offset);
  const minutes = size % 60 === 0 ? '' : String(size % 60).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${String(Math.trunc(size / 60)).padStart(2, '0')}${minutes}`;
}

function letters(bytes: Buffer, seconds: number, offset: number): string | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'TZif') return undefined;
  const first = blockAt(bytes, 0, 4);
  // Version 1 has times of 32 bits only; later versions repeat everything with 64 bits and add a rule.
  if ((bytes[4] ?? 0) === 0) return fromTransitions(bytes, first, seconds, offset);
  const second = blockAt(bytes, first.end, 8);
  const rule = bytes.toString('latin1', second.end).trim();
  return fromTransitions(bytes, second, seconds, offset) ?? fromRule(rule, offset);
}

interface Block {
  readonly times: number;
  readonly timeSize: number;
  readonly timeCount: number;
  readonly typeCount: number;
  readonly end: number;
}

function blockAt(bytes: Buffer, start: number, timeSize: number): Block {
  const count = (index: number): number => bytes.readUInt32BE(start + 20 + index * 4);
  const [utc, standard, leaps, timeCount, typeCount, letterCount] = [0, 1, 2, 3, 4, 5].map(count) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const times = start + 44;
  const types = timeCount * (timeSize + 1) + typeCount * 6;
  return {
    times,
    timeSize,
    timeCount,
    typeCount,
    end: times + types + letterCount + leaps * (timeSize + 4) + standard + utc,
  };
}

/** The letters in effect after the last change before the instant, if their offset is the right one. */
function fromTransitions(bytes: Buffer, block: Block, seconds: number, offset: number): string | undefined {
  const { times, timeSize, timeCount, typeCount } = block;
  let last = -1;
  for (let index = 0; index < timeCount; index++) {
    const at = times + index * timeSize;
    const time = timeSize === 8 ? Number(bytes.readBigInt64BE(at)) : bytes.readInt32BE(at);
    if (time <= seconds) last = index;
  }
  const kinds = times + timeCount * timeSize;
  const types = kinds + timeCount;
  const type = typeAt(bytes, types + (last < 0 ? 0 : (bytes[kinds + last] ?? 0)) * 6);
  if (type.offset !== offset) return undefined;
  const begin = types + typeCount * 6 + type.letters;
  return bytes.toString('latin1', begin, bytes.indexOf(0, begin));
}

function typeAt(bytes: Buffer, at: number): LocalType {
  return { offset: bytes.readInt32BE(at), letters: bytes[at + 5] ?? 0 };
}

/** The rule for times after the last change: `CET-1CEST,M3.5.0,M10.5.0/3`. Its offsets count westwards. */
function fromRule(rule: string, offset: number): string | undefined {
  const match = /^(<[^>]+>|[A-Za-z]+)([+-]?)(\d+)(?::(\d+))?(<[^>]+>|[A-Za-z]+)?/.exec(rule);
  if (match === null) return undefined;
  const [, standard = '', sign, hours = '0', minutes = '0', summer] = match;
  const west = (Number(hours) * 60 + Number(minutes)) * 60;
  const name = offset === (sign === '-' ? west : -west) ? standard : (summer ?? standard);
  return name.replace(/[<>]/g, '');
}
