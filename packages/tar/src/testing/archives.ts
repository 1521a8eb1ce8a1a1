import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, endOfArchive, type WriteEntry } from '../encode-header.ts';
import { padding } from '../entry.ts';

/** Help for tests: archives made by hand, and directory trees as text. */

export interface TestEntry extends Partial<WriteEntry> {
  readonly name: string;
  readonly content?: string | Buffer;
}

/** An archive of these entries; the type is guessed from what is given. */
export function archive(...entries: readonly TestEntry[]): Buffer {
  return Buffer.concat([...entries.map(entryBytes), endOfArchive()]);
}

export function entryBytes({ content = '', ...entry }: TestEntry): Buffer {
  const data = Buffer.from(content);
  const type = entry.type ?? (entry.name.endsWith('/') ? 'directory' : 'file');
  const head = encodeEntry({
    mode: type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: 1_700_000_000,
    size: data.length,
    ...entry,
    type,
  });
  return Buffer.concat([head, data, Buffer.alloc(padding(data.length))]);
}

/** The bytes in pieces of this size. */
export async function* pieces(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** An empty directory in memory, gone at the end of the scope. */
export function scratch(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync('/dev/shm/wharf-tar-');
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A tree as lines: path, kind, mode, owner, time in seconds, and content hash or link target. */
export function describeTree(root: string, options: { times?: boolean } = {}): string[] {
  const lines: string[] = [];
  const walk = (dir: string) => {
    for (const name of readdirSync(join(root, dir)).sort()) {
      const path = join(dir, name);
      const stat = lstatSync(join(root, path));
      const kind = stat.isDirectory() ? 'd' : stat.isSymbolicLink() ? 'l' : stat.isFile() ? 'f' : 'x';
      const content = kind === 'f' ? hash(join(root, path)) : kind === 'l' ? readlinkSync(join(root, path)) : '';
      const time = options.times === false ? '' : Math.floor(stat.mtimeMs / 1000);
      lines.push(`${path} ${kind} ${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid} ${time} ${content}`);
      if (kind === 'd') walk(path);
    }
  };
  walk('');
  return lines;
}

function hash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
}
