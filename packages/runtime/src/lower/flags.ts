/** Numbers of the kernel's interface (uapi), by the names that configurations use. */

export const CLONE_NEW = {
  mount: 0x0002_0000,
  cgroup: 0x0200_0000,
  uts: 0x0400_0000,
  ipc: 0x0800_0000,
  user: 0x1000_0000,
  pid: 0x2000_0000,
  network: 0x4000_0000,
} as const;

/** mount(2) flags. */
export const MS = {
  BIND: 4096,
  REC: 16384,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
  UNBINDABLE: 1 << 17,
} as const;

/** mount_setattr(2) attributes. */
export const MOUNT_ATTR = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  ATIME: 0x70,
  NOATIME: 0x10,
  STRICTATIME: 0x20,
  NODIRATIME: 0x80,
  NOSYMFOLLOW: 0x20_0000,
} as const;

/** Flags of the operations BIND and FSMOUNT (cell/ops.def). */
export const BIND = {
  RECURSIVE: 1,
  SOURCE_IN_ROOT: 2,
  ATTR_RECURSIVE: 4,
  NO_FOLLOW: 8,
  MAP_IDS: 16,
  DETACHED: 32,
} as const;
export const FSMOUNT = { TARGET_ON_HOST: 1, DETACHED: 2 } as const;

/** File types of mknod(2). */
export const S_IF = { c: 0o020000, b: 0o060000, p: 0o010000, u: 0o020000 } as const;

/** setrlimit(2) resources. */
export const RLIMIT: Readonly<Record<string, number>> = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
};

export const O_WRONLY = 1;
export const STDIO_MODE = { null: 0, pipes: 1, pipesWithInput: 2, terminal: 3, terminalOnly: 4 } as const;
