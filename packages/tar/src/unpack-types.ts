/**
 * What Node cannot make and is done afterwards by a cell program in the layer's directory. Paths are relative to it
 * ('' is the directory itself), have no symbolic link in them, and are UTF-8.
 */
export type SpecialEntry =
  /** Hides the name in lower layers: a character device 0/0 for overlayfs. */
  | { readonly kind: 'whiteout'; readonly path: string }
  /** Hides everything of the directory in lower layers. */
  | { readonly kind: 'opaque'; readonly path: string }
  | {
      readonly kind: 'node';
      readonly path: string;
      /** With the file type bits (S_IFCHR, S_IFBLK, S_IFIFO). */
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly kind: 'xattr'; readonly path: string; readonly name: string; readonly value: Uint8Array };

/** A time to set again once the special entries are there. `mtime` is in seconds since 1970. */
export interface PathTime {
  readonly path: string;
  readonly mtime: number;
}

/** Bounds of what one archive may ask for. */
export interface UnpackLimits {
  /** Entries of all kinds. */
  readonly entries: number;
  /** Sum of file sizes in bytes. */
  readonly bytes: number;
  /** Special entries: they are held in memory. */
  readonly special: number;
}

export const DEFAULT_LIMITS: UnpackLimits = { entries: 4_000_000, bytes: 2 ** 40, special: 500_000 };

/** What unpacking wrote. */
export interface UnpackedTree {
  /** Bytes as Docker counts them: files (hard links once) and the text of symbolic links. */
  readonly size: number;
  readonly entries: number;
  readonly special: readonly SpecialEntry[];
  /** Times that making the special entries disturbs. */
  readonly times: readonly PathTime[];
  /** Directories that the archive uses but does not have: they should look as in the layer below. */
  readonly implied: readonly string[];
}
