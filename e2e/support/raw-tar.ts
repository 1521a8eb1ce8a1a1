import { pack } from 'tar-stream';

/** One member of an archive, exactly as said: nothing is normalised, so that archives can be hostile. */
export interface RawMember {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link';
  readonly data?: string | Buffer;
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Extended header: `SCHILY.xattr.user.x` and the like. */
  readonly pax?: Readonly<Record<string, string>>;
}

/** Makes an uncompressed archive. */
export async function rawTar(members: readonly RawMember[]): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  archive.on('data', (chunk) => chunks.push(chunk as Buffer));
  const ended = new Promise<void>((resolve) => archive.on('end', resolve));
  for (const member of members) {
    const { name, type = 'file', data = '', target, mode = type === 'directory' ? 0o755 : 0o644 } = member;
    const { uid = 0, gid = 0, pax } = member;
    const link = target === undefined ? {} : { linkname: target };
    const header = { name, type, mode, uid, gid, mtime: new Date(0), ...link, ...(pax ? { pax: { ...pax } } : {}) };
    if (type === 'file') archive.entry(header, data);
    else archive.entry({ ...header, size: 0 });
  }
  archive.finalize();
  await ended;
  return Buffer.concat(chunks);
}
