import { displayName, textName } from './binary-name.ts';
import { type EntryType, padding } from './entry.ts';
import { fail } from './errors.ts';
import { BLOCK } from './header.ts';
import { paxRecord } from './pax.ts';

/** What the writer is told of one entry. Names are binary strings, `mtime` whole seconds since 1970. */
export interface WriteEntry {
  readonly name: string;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly linkname?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

const FLAGS: Readonly<Record<EntryType, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};
const MAX_OCTAL_7 = 0o7777777;
const MAX_OCTAL_11 = 0o77777777777;
// oxlint-disable-next-line no-control-regex
const PLAIN = /^[\x01-\x7f]*$/;

/** The header blocks of an entry: ustar, with a pax header before it for what does not fit. Throws TAR_PACK_FAILED. */
export function encodeEntry(entry: WriteEntry): Buffer {
  const records: Buffer[] = [];
  const text = (key: string, value: string) => {
    if (textName(value) === undefined && !PLAIN.test(value)) records.push(paxRecord('hdrcharset', 'BINARY'));
    records.push(paxRecord(key, Buffer.from(value, 'latin1')));
  };
  const split = splitUstar(entry.name);
  if (split === undefined) text('path', entry.name);
  const linkname = entry.linkname ?? '';
  if (linkname.length > 100 || !PLAIN.test(linkname)) text('linkpath', linkname);
  if (entry.size > MAX_OCTAL_11) records.push(paxRecord('size', String(entry.size)));
  if (entry.uid > MAX_OCTAL_7) records.push(paxRecord('uid', String(entry.uid)));
  if (entry.gid > MAX_OCTAL_7) records.push(paxRecord('gid', String(entry.gid)));
  for (const [key, value] of [...(entry.xattrs ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    records.push(paxRecord(`SCHILY.xattr.${key}`, value));
  }
  const name = split ?? { prefix: '', name: entry.name.slice(-100) };
  const header = block(entry, name, FLAGS[entry.type], entry.size);
  if (records.length === 0) return header;
  const body = Buffer.concat(records);
  const paxName = {
    prefix: '',
    name: `PaxHeaders/${entry.name.split('/').filter(Boolean).at(-1) ?? ''}`.slice(0, 100),
  };
  const plain = { ...entry, mode: 0o644, uid: 0, gid: 0, linkname: '', major: 0, minor: 0 };
  const paxHeader = block(plain, paxName, 'x', body.length);
  return Buffer.concat([paxHeader, body, Buffer.alloc(padding(body.length)), header]);
}

/** The two blocks of zeros that end an archive. */
export function endOfArchive(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function splitUstar(name: string): { prefix: string; name: string } | undefined {
  if (!PLAIN.test(name)) return undefined;
  if (name.length <= 100) return { prefix: '', name };
  const slash = name.indexOf('/', name.length - 101);
  if (slash <= 0 || slash > 155 || slash === name.length - 1) return undefined;
  return { prefix: name.slice(0, slash), name: name.slice(slash + 1) };
}

function block(entry: WriteEntry, name: { prefix: string; name: string }, flag: string, size: number): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) => {
    const digits = value.toString(8).padStart(length - 1, '0');
    if (value < 0 || !Number.isInteger(value)) {
      throw fail('TAR_PACK_FAILED', `cannot write ${displayName(entry.name)}: bad number in its attributes`);
    }
    // Too large for the field: the pax header has it, the field stays zero.
    bytes.write(digits.length < length ? digits : '0'.repeat(length - 1), at, 'latin1');
  };
  bytes.write(name.name, 0, 100, 'latin1');
  octal(entry.mode & 0o7777, 100, 8);
  octal(entry.uid, 108, 8);
  octal(entry.gid, 116, 8);
  octal(size, 124, 12);
  octal(Math.max(0, entry.mtime), 136, 12);
  bytes.write('        ', 148, 'latin1');
  bytes.write(flag, 156, 'latin1');
  bytes.write((entry.linkname ?? '').slice(0, 100), 157, 100, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  octal(entry.major ?? 0, 329, 8);
  octal(entry.minor ?? 0, 337, 8);
  bytes.write(name.prefix, 345, 155, 'latin1');
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
