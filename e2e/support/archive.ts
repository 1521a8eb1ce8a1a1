import { request } from 'node:http';
import { type EntryType, encodeEntry, endOfArchive } from '@wharf/tar';
import type { TestEngine } from '@wharf/testkit';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** One request with a body of bytes, and an answer of bytes. */
export function rawCall(engine: TestEngine, method: string, path: string, body?: Uint8Array): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath: engine.places.socket, method, path, headers: { 'Content-Type': 'application/x-tar' } },
      (res) => {
        const parts: Buffer[] = [];
        res.on('data', (part: Buffer) => parts.push(part));
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(parts) }));
        res.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What the header of an archive answer says of the path. */
export function pathStat({ headers }: RawAnswer): Record<string, unknown> {
  const text = Buffer.from(String(headers['x-docker-container-path-stat'] ?? ''), 'base64').toString('utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

export interface Member {
  readonly name: string;
  readonly type?: EntryType;
  readonly content?: string | Buffer;
  readonly linkname?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly major?: number;
  readonly minor?: number;
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

/** An archive with members of all kinds, names exactly as said. */
export function tarOf(...members: readonly Member[]): Buffer {
  const blocks = members.map(({ content = '', type = 'file', mode = 0o644, uid = 0, gid = 0, xattrs, ...rest }) => {
    const data = Buffer.from(content);
    const attributes = xattrs ? { xattrs: new Map(Object.entries(xattrs)) } : {};
    const header = encodeEntry({ type, mode, uid, gid, mtime: 0, size: data.length, ...rest, ...attributes });
    return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
  });
  return Buffer.concat([...blocks, endOfArchive()]);
}
