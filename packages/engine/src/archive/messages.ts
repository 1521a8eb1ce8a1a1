import type { ErrorKind } from '@wharf/kit';
import type { IdMaps } from '@wharf/runtime';
import type { Framing } from './direct-body.ts';

/** Where the tree is that a job works in. */
export type TreeRoot =
  /** The root of a mount namespace, by a descriptor of this process; `alone`: without what is mounted on it. */
  | {
      readonly kind: 'namespace';
      readonly fd: number;
      readonly alone: boolean;
      /** Of the user namespace that the files are seen through. */
      readonly ids?: IdMaps;
    }
  /** A directory, by a path that only the engine can change. */
  | { readonly kind: 'directory'; readonly path: string };

/** What there is at a path. */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  /** As Go writes file modes: type bits at the top, then set-id bits, then permissions. */
  readonly mode: number;
  /** RFC 3339 with nanoseconds. */
  readonly mtime: string;
  /** For a link: where it leads to in the end, as an absolute path; else empty. */
  readonly linkTarget: string;
}

/** Who owns what is made from an archive: as the archive says, or these. */
export type ExtractOwner = 'archive' | { readonly uid: number; readonly gid: number };

/** What a worker is asked to do, and what it says when it has begun. Paths are absolute, inside the root, as text. */
export interface Jobs {
  readonly stat: { readonly request: { readonly root: TreeRoot; readonly path: string }; readonly answer: PathStat };
  /** Then its archive is read. */
  readonly pack: { readonly request: { readonly root: TreeRoot; readonly path: string }; readonly answer: PathStat };
  /** Then everything is read. */
  readonly export: { readonly request: { readonly root: TreeRoot }; readonly answer: null };
  /** Then the archive of a writable layer is read; the root is its directory. `lower`: the layers below, topmost first. */
  readonly layer: {
    readonly request: { readonly root: TreeRoot; readonly lower: readonly string[] };
    readonly answer: null;
  };
  /** The answer is the path without links; then an archive is written. */
  readonly extract: {
    readonly request: {
      readonly root: TreeRoot;
      readonly path: string;
      readonly keepKinds: boolean;
      readonly owner: ExtractOwner;
    };
    readonly answer: string;
  };
}

export type JobName = keyof Jobs;

/** A request of any job. */
export type AnyJob = { [Name in JobName]: { readonly name: Name; readonly request: Jobs[Name]['request'] } }[JobName];

/** From the engine's thread to a worker. Bytes travel in slots: pieces of one shared memory per session. */
export type Request =
  | {
      readonly type: 'open';
      readonly id: number;
      readonly job: AnyJob;
      readonly memory: SharedArrayBuffer;
      readonly slot: number;
    }
  /** Fill this slot with the next bytes of the archive. */
  | { readonly type: 'fill'; readonly id: number; readonly slot: number }
  /** This slot has so many bytes of an archive. */
  | { readonly type: 'data'; readonly id: number; readonly slot: number; readonly bytes: number }
  /** The archive is read from this connection; `head` are the first bytes of the body. */
  | {
      readonly type: 'direct';
      readonly id: number;
      readonly fd: number;
      readonly head: Uint8Array;
      readonly framing: Framing;
    }
  /** The archive is complete. */
  | { readonly type: 'end'; readonly id: number }
  /** Close everything; answered by `closed`. */
  | { readonly type: 'close'; readonly id: number };

/** An error on its way between threads: classes do not survive the copy. */
export interface PortableError {
  /** Of a WharfError; absent for one of the operating system. */
  readonly known?: { readonly code: string; readonly kind: ErrorKind };
  readonly message: string;
  readonly errno?: string;
  readonly syscall?: string;
}

export type Reply =
  | { readonly type: 'opened'; readonly id: number; readonly answer: Jobs[JobName]['answer'] }
  /** 0 bytes: the archive is complete. */
  | { readonly type: 'filled'; readonly id: number; readonly slot: number; readonly bytes: number }
  | { readonly type: 'taken'; readonly id: number; readonly slot: number }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: PortableError }
  | { readonly type: 'closed'; readonly id: number };
