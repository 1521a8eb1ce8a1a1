import type { RequestContext } from './context.ts';

/** What there is at a path of a container. The member names are those of the header that carries it. */
export interface ContainerPathStat {
  readonly name: string;
  readonly size: number;
  /** As Go writes file modes: type bits at the top. */
  readonly mode: number;
  /** RFC 3339 with nanoseconds. */
  readonly mtime: string;
  readonly linkTarget: string;
}

export interface ExtractOptions {
  readonly path: string;
  /** Neither a directory gives way to something else nor the other way round. */
  readonly noOverwriteDirNonDir: boolean;
  /** Everything belongs to the container's user. */
  readonly copyUIDGID: boolean;
}

/** An archive that a client sends. */
export interface ArchiveUpload {
  readonly chunks: AsyncIterable<Uint8Array>;
  /**
   * Gives the connection itself in place of `chunks`, for somebody who reads the body without HTTP in between; undefined
   * where that is not possible. Nobody else reads there until the call that took it is over.
   */
  take?(): DirectUpload | undefined;
}

/** The body of a request on its own connection. */
export interface DirectUpload {
  readonly fd: number;
  /** What came of the body already. */
  readonly head: Uint8Array;
  readonly framing: { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' };
}

/**
 * What the routes that carry archives need from the engine. Every method throws `not_found` for a container or path that
 * does not exist. Bytes that are handed over are good until the next ones are asked for; leaving the iteration ends the
 * work.
 */
export interface ArchiveBackend {
  stat(id: string, path: string, context: RequestContext): Promise<ContainerPathStat>;
  /** An archive (tar) of the file or tree at the path. */
  read(
    id: string,
    path: string,
    context: RequestContext,
  ): Promise<{ readonly stat: ContainerPathStat; readonly chunks: AsyncIterable<Uint8Array> }>;
  /** Unpacks an archive, compressed or not. Throws `invalid` for a place that is no directory, or read-only. */
  write(id: string, options: ExtractOptions, body: ArchiveUpload, context: RequestContext): Promise<void>;
  /** The whole root file system. */
  export(id: string, context: RequestContext): Promise<AsyncIterable<Uint8Array>>;
}
