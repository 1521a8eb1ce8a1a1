import { encodeEntry, endOfArchive, type WriteEntry } from '@wharf/tar';

export interface TestEntry extends Partial<WriteEntry> {
  readonly name: string;
  readonly content?: string | Buffer;
}

/** A layer archive of these entries; the type is guessed from what is given. */
export function archive(...entries: readonly TestEntry[]): Buffer {
  const parts = entries.map(({ content = '', ...entry }) => {
    const data = Buffer.from(content);
    const type = entry.type ?? (entry.name.endsWith('/') ? 'directory' : 'file');
    const mode = type === 'directory' ? 0o755 : 0o644;
    const head = encodeEntry({ mode, uid: 0, gid: 0, mtime: 1_700_000_000, size: data.length, ...entry, type });
    return Buffer.concat([head, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
  });
  return Buffer.concat([...parts, endOfArchive()]);
}
