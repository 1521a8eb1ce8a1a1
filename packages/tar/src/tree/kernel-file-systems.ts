import { statfsSync } from 'node:fs';
import { through } from './descriptors.ts';

/** Magic numbers (linux/magic.h) of file systems that show the kernel's state instead of files. */
const KERNEL_FILE_SYSTEMS = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x1cd1, // devpts
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x19800202, // mqueue
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0xcafe4a11, // bpf
  0x6165676c, // pstore
  0x42494e4d, // binfmt_misc
]);

/**
 * Whether the open directory shows the kernel's state. Copies have no business there: Docker does not see such mounts, and
 * to write with the engine's rights where a container's link leads would be dangerous.
 */
export function isKernelFileSystem(fd: number): boolean {
  return KERNEL_FILE_SYSTEMS.has(Number(statfsSync(through(fd)).type));
}
