import { BLOCK, type RawHeader } from './header.ts';
import { type PaxRecord, paxInteger, paxNumber } from './pax.ts';
import { type Sparse, sparseOfPax } from './sparse.ts';

export type EntryType = 'file' | 'link' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

/** One entry of an archive with everything that extended headers said about it. Names are binary strings. */
export interface TarEntry {
  readonly name: string;
  readonly type: EntryType;
  readonly linkname: string;
  /** Permission, set-id and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of data that follow in the archive. */
  readonly size: number;
  /** Seconds since 1970, with a fraction where the archive has one. */
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: readonly (readonly [name: string, value: Buffer])[];
  readonly sparse?: Sparse;
}

/** Names from GNU's long-name entries that precede an entry. */
export interface LongNames {
  readonly name?: string;
  readonly linkname?: string;
}

/** The flag of regular files, and by a trailing slash of directories, before there were others. */
const OLD_FILE = '\0';

const TYPES: Readonly<Record<string, EntryType>> = {
  [OLD_FILE]: 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};

const XATTR = 'SCHILY.xattr.';

/** Combines a header with the extended headers before it; undefined for a type that is not known. Throws TAR_INVALID. */
export function composeEntry(
  header: RawHeader,
  long: LongNames,
  records: readonly PaxRecord[],
  oldSparse?: Sparse,
): TarEntry | undefined {
  const pax = new Map(records);
  const text = (key: string) => pax.get(key)?.toString('latin1') || undefined;
  const integer = (key: string, fallback: number) => readPax(pax.get(key), paxInteger) ?? fallback;
  const declared = TYPES[header.flag];
  if (declared === undefined) return undefined;
  const plainName = text('path') ?? long.name ?? header.name;
  const type = header.flag === OLD_FILE && plainName.endsWith('/') ? 'directory' : declared;
  const size = type === 'file' ? integer('size', header.size) : 0;
  const sparse = oldSparse ?? sparseOfPax(records, size);
  return {
    name: (sparse && text('GNU.sparse.name')) ?? plainName,
    type,
    linkname: text('linkpath') ?? long.linkname ?? header.linkname,
    mode: header.mode & 0o7777,
    uid: integer('uid', header.uid),
    gid: integer('gid', header.gid),
    size,
    mtime: readPax(pax.get('mtime'), paxNumber) ?? header.mtime,
    major: header.major,
    minor: header.minor,
    xattrs: xattrsOf(records),
    ...(sparse && { sparse }),
  };
}

/** An empty value in an extended header takes the field back to what the header block says. */
function readPax(value: Buffer | undefined, read: (value: Buffer) => number): number | undefined {
  return value === undefined || value.length === 0 ? undefined : read(value);
}

function xattrsOf(records: readonly PaxRecord[]): [string, Buffer][] {
  const found = new Map<string, Buffer>();
  for (const [key, value] of records) if (key.startsWith(XATTR)) found.set(key.slice(XATTR.length), value);
  return [...found];
}

/** Bytes of padding after data of this size. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
