import { fail } from '../errors.ts';
import type { Requester } from '../requester.ts';

/** What there is at a path of a container. */
export interface ContainerPathStat {
  readonly name: string;
  readonly size: number;
  /** As Go writes file modes: type bits at the top, then set-id bits, then permissions. */
  readonly mode: number;
  /** RFC 3339. */
  readonly mtime: string;
  /** For a link: where it leads to in the end. */
  readonly linkTarget: string;
}

export interface PutArchiveOptions {
  /** Neither a directory gives way to something else nor the other way round. */
  readonly noOverwriteDirNonDir?: boolean;
  /** Everything belongs to the container's user. */
  readonly copyUIDGID?: boolean;
  readonly signal?: AbortSignal;
}

function archivePath(id: string): string {
  return `/containers/${encodeURIComponent(id)}/archive`;
}

function readStat(headers: ReadonlyMap<string, string>): ContainerPathStat {
  const header = headers.get('x-docker-container-path-stat') ?? '';
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8')) as ContainerPathStat;
  } catch (cause) {
    throw fail('ENGINE_PROTOCOL', 'the engine did not say what there is at the path', { cause });
  }
}

/** HEAD /containers/{id}/archive. */
export async function containerPathStat(engine: Requester, id: string, path: string): Promise<ContainerPathStat> {
  const response = await engine.send('HEAD', archivePath(id), { query: { path } });
  return readStat(response.headers);
}

/** GET /containers/{id}/archive: an archive (tar) of a file or directory. */
export async function containerGetArchive(
  engine: Requester,
  id: string,
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly stat: ContainerPathStat; readonly chunks: AsyncIterable<Buffer> }> {
  const response = await engine.send('GET', archivePath(id), { query: { path }, signal });
  return { stat: readStat(response.headers), chunks: response.body };
}

/** PUT /containers/{id}/archive: unpacks an archive in a directory. */
export async function containerPutArchive(
  engine: Requester,
  id: string,
  path: string,
  upload: AsyncIterable<Uint8Array>,
  { signal, ...options }: PutArchiveOptions = {},
): Promise<void> {
  await engine.done('PUT', archivePath(id), {
    query: { path, ...options },
    upload,
    headers: { 'Content-Type': 'application/x-tar' },
    signal,
  });
}

/** GET /containers/{id}/export: the whole root file system as an archive. */
export async function containerExport(
  engine: Requester,
  id: string,
  signal?: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const response = await engine.send('GET', `/containers/${encodeURIComponent(id)}/export`, { signal });
  return response.body;
}
