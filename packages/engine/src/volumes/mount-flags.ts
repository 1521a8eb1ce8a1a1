/** MS_* of mount(2) that an option sets or clears. */
const FLAGS: Readonly<Record<string, readonly [set: boolean, flag: number]>> = {
  defaults: [true, 0],
  ro: [true, 1],
  rw: [false, 1],
  nosuid: [true, 2],
  suid: [false, 2],
  nodev: [true, 4],
  dev: [false, 4],
  noexec: [true, 8],
  exec: [false, 8],
  sync: [true, 16],
  async: [false, 16],
  remount: [true, 32],
  mand: [true, 64],
  nomand: [false, 64],
  dirsync: [true, 128],
  noatime: [true, 1024],
  atime: [false, 1024],
  nodiratime: [true, 2048],
  diratime: [false, 2048],
  bind: [true, 4096],
  rbind: [true, 4096 | 16384],
  relatime: [true, 1 << 21],
  norelatime: [false, 1 << 21],
  strictatime: [true, 1 << 24],
  nostrictatime: [false, 1 << 24],
};

const PROPAGATION: Readonly<Record<string, number>> = {
  unbindable: 1 << 17,
  runbindable: (1 << 17) | 16384,
  private: 1 << 18,
  rprivate: (1 << 18) | 16384,
  slave: 1 << 19,
  rslave: (1 << 19) | 16384,
  shared: 1 << 20,
  rshared: (1 << 20) | 16384,
};

export const MS_BIND = 4096;
const MS_REMOUNT = 32;
const MS_RDONLY = 1;

/** What mount(2) is called with for one text of options. */
export interface MountCall {
  readonly flags: number;
  /** What is left is the file system's own. */
  readonly data: string;
  /** Flags of further calls that the kernel wants apart: a bind becomes read-only, or shared, only afterwards. */
  readonly after: readonly number[];
}

/** Splits the options of mount(8) (`o=` of a volume) into what mount(2) takes. */
export function parseMountFlags(text: string): MountCall {
  let flags = 0;
  const data: string[] = [];
  const after: number[] = [];
  for (const option of text.split(',').filter(Boolean)) {
    const known = FLAGS[option];
    const propagation = PROPAGATION[option];
    if (known) flags = known[0] ? flags | known[1] : flags & ~known[1];
    else if (propagation !== undefined) after.push(propagation);
    else data.push(option);
  }
  const boundReadonly = (flags & MS_BIND) !== 0 && (flags & MS_RDONLY) !== 0;
  return {
    flags,
    data: data.join(','),
    after: boundReadonly ? [MS_BIND | MS_REMOUNT | MS_RDONLY | (flags & (2 | 4 | 8)), ...after] : after,
  };
}
