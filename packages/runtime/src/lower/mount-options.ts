import { MOUNT_ATTR, MS } from './flags.ts';

/** Mount options sorted into what the kernel takes where. */
export interface MountOptions {
  /** MOUNT_ATTR_* to set and to clear. */
  readonly set: number;
  readonly clear: number;
  /** MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE; 0 for none. */
  readonly propagation: number;
  readonly recursivePropagation: boolean;
  /** The bind takes the mounts below along. */
  readonly recursiveBind: boolean;
  readonly bind: boolean;
  /** Read-only is to hold for the mounts below too. */
  readonly recursiveReadonly: boolean;
  /** Its files belong to whom the container's user namespace says; only for binds. */
  readonly mapIds: boolean;
  /** What is left is the file system's own: `mode=755`, `size=65536k`. */
  readonly data: readonly string[];
}

const SET: Readonly<Record<string, number>> = {
  ro: MOUNT_ATTR.RDONLY,
  nosuid: MOUNT_ATTR.NOSUID,
  nodev: MOUNT_ATTR.NODEV,
  noexec: MOUNT_ATTR.NOEXEC,
  nodiratime: MOUNT_ATTR.NODIRATIME,
  nosymfollow: MOUNT_ATTR.NOSYMFOLLOW,
};

/** relatime is the kernel's default, and what turning the others off amounts to. */
const ACCESS_TIME: Readonly<Record<string, number>> = {
  noatime: MOUNT_ATTR.NOATIME,
  strictatime: MOUNT_ATTR.STRICTATIME,
  relatime: 0,
  atime: 0,
  nostrictatime: 0,
};

const CLEAR: Readonly<Record<string, number>> = {
  rw: MOUNT_ATTR.RDONLY,
  suid: MOUNT_ATTR.NOSUID,
  dev: MOUNT_ATTR.NODEV,
  exec: MOUNT_ATTR.NOEXEC,
  diratime: MOUNT_ATTR.NODIRATIME,
  symfollow: MOUNT_ATTR.NOSYMFOLLOW,
};

const PROPAGATION: Readonly<Record<string, number>> = {
  private: MS.PRIVATE,
  shared: MS.SHARED,
  slave: MS.SLAVE,
  unbindable: MS.UNBINDABLE,
};

const IGNORED = new Set([
  'defaults',
  'norelatime',
  'async',
  'z',
  'Z',
  'nocopy',
  'copy',
  'consistent',
  'cached',
  'delegated',
]);

/** Sorts the options of an OCI mount (the words of mount(8); later ones win). */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let [set, clear, propagation] = [0, 0, 0];
  let [recursivePropagation, recursiveBind, bind, recursiveReadonly, mapIds] = [false, false, false, false, false];
  const data: string[] = [];
  for (const option of options) {
    const bare = option.startsWith('r') ? option.slice(1) : option;
    if (ACCESS_TIME[option] !== undefined) {
      // One of several values of one field; setting it wants the whole field cleared (mount_setattr(2)).
      set = (set & ~MOUNT_ATTR.ATIME) | ACCESS_TIME[option];
      clear |= MOUNT_ATTR.ATIME;
    } else if (SET[option] !== undefined) {
      set |= SET[option];
      clear &= ~SET[option];
    } else if (CLEAR[option] !== undefined) {
      clear |= CLEAR[option];
      set &= ~CLEAR[option];
    } else if (PROPAGATION[option] !== undefined || PROPAGATION[bare] !== undefined) {
      recursivePropagation = PROPAGATION[option] === undefined;
      propagation = PROPAGATION[option] ?? PROPAGATION[bare] ?? 0;
    } else if (option === 'rro') {
      set |= MOUNT_ATTR.RDONLY;
      recursiveReadonly = true;
    } else if (option === 'idmap') mapIds = true;
    else if (option === 'bind' || option === 'rbind') {
      bind = true;
      recursiveBind = option === 'rbind';
    } else if (!IGNORED.has(option)) data.push(option);
  }
  return { set, clear, propagation, recursivePropagation, recursiveBind, bind, recursiveReadonly, mapIds, data };
}
