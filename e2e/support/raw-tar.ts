import { pack } from 'tar-stream';

/** One member of an archive, exactly as said: nothing is normalised, so that archives can be hostile. */
export interface RawMember {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link';
  readonly data?: string | Buffer;
  readonly target?: string;
  readonly mode?: number;
}

/** Makes an uncompressed archive. */
export async function rawTar(members: readonly RawMember[]): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  archive.on('data', (chunk) => chunks.push(chunk as Buffer));
  const ended = new Promise<void>((resolve) => archive.on('end', resolve));
  for (const { name, type = 'file', data = '', target, mode = type === 'directory' ? 0o755 : 0o644 } of members) {
    const header = { name, type, mode, mtime: new Date(0), ...(target === undefined ? {} : { linkname: target }) };
    if (type === 'file') archive.entry(header, data);
    else archive.entry({ ...header, size: 0 });
  }
  archive.finalize();
  await ended;
  return Buffer.concat(chunks);
}
