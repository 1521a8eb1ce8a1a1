import type { Op } from '@wharf/linux';

/** The file that a container's output goes to. */
export interface LogTarget {
  readonly path: string;
  /** JSON members after a comma that every entry gets (`,"attrs":{…}`); none when missing. */
  readonly attributes?: string;
  /** Bytes after which the file is rotated; 0 for never. */
  readonly maxSize: number;
  readonly maxFiles: number;
}

export function logStep({ path, attributes = '', maxSize, maxFiles }: LogTarget): Op {
  return { op: 'LOG', path, attributes, maxSize, maxFiles };
}
