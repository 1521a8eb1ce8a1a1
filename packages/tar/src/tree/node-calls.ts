/** What Node cannot do and a tree of files can need. Paths are binary names; whatever a path leads to is meant. */
export interface NodeCalls {
  attributeNames(path: string | Buffer): string[];
  attribute(path: string | Buffer, name: string): Buffer | undefined;
  setAttribute(path: string | Buffer, name: string, value: Uint8Array): void;
  /** Makes a device node or a fifo, not following a link at the end of the path; `mode` has the type bits. */
  makeNode(path: string | Buffer, mode: number, major: number, minor: number): void;
}

/** Translates owners between a tree of files and its archive. */
export interface OwnerMap {
  uid(id: number): number;
  gid(id: number): number;
}

/**
 * Extended attributes that a copy takes along: capabilities, access lists, and what users keep there. Those of overlayfs
 * and of security modules belong to the machine.
 */
const COPIED = /^(?:security\.capability$|system\.posix_acl_(?:access|default)$|user\.(?!overlay\.))/;
/** The longest value that one entry of an archive may carry (xattr(7)). */
export const MAX_ATTRIBUTE = 65_536;

export function isCopied(name: string): boolean {
  return name.length <= 255 && COPIED.test(name);
}
