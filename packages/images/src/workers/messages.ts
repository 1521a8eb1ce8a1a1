import type { ErrorKind } from '@wharf/kit';
import type { PathTime, UnpackResult } from '@wharf/tar';

/** What worker threads of the image store are asked to do, and what each answers. One job at a time per worker. */
export interface Jobs {
  /** Unpack the archive that follows in chunk messages. */
  readonly unpack: { readonly request: { readonly target: string }; readonly answer: UnpackResult };
  /** Remove the tree. */
  readonly remove: { readonly request: { readonly path: string }; readonly answer: null };
  /** Bytes of the tree, as Docker counts them. */
  readonly usage: { readonly request: { readonly path: string }; readonly answer: number };
  /** Set times (seconds since 1970) of paths in a tree that nobody else writes to. */
  readonly times: {
    readonly request: { readonly root: string; readonly times: readonly PathTime[] };
    readonly answer: null;
  };
  /** Give directories the owner, mode and time that they have in the nearest lower layer; topmost lower first. */
  readonly adopt: {
    readonly request: {
      readonly root: string;
      readonly lower: readonly string[];
      readonly directories: readonly string[];
    };
    readonly answer: null;
  };
}

export type JobName = keyof Jobs;

export type Request =
  | {
      [Name in JobName]: { readonly type: 'job'; readonly name: Name; readonly request: Jobs[Name]['request'] };
    }[JobName]
  | { readonly type: 'chunk'; readonly data: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'abort' };

/** An error on its way between threads: classes do not survive the copy. */
export interface PortableError {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type Reply =
  /** So many bytes of chunks were used up. */
  | { readonly type: 'taken'; readonly bytes: number }
  | { readonly type: 'done'; readonly answer: Jobs[JobName]['answer'] }
  | { readonly type: 'failed'; readonly error: PortableError };
