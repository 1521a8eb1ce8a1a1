import type { OciDevice, OciDeviceRule, OciMount } from '@wharf/spec';

/** The mounts that every container gets; the control groups and /dev/shm are added where they are decided. */
export const DEFAULT_MOUNTS: readonly OciMount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', 'nosuid', 'noexec', 'nodev'] },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
];

/** Kernel interfaces that tell about, or change, the host. */
export const MASKED_PATHS: readonly string[] = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

export const READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

function characterDevice(path: string, major: number, minor: number): OciDevice {
  return { path, type: 'c', major, minor, fileMode: 0o666, uid: 0, gid: 0 };
}

export const DEFAULT_DEVICES: readonly OciDevice[] = [
  characterDevice('/dev/null', 1, 3),
  characterDevice('/dev/zero', 1, 5),
  characterDevice('/dev/full', 1, 7),
  characterDevice('/dev/random', 1, 8),
  characterDevice('/dev/urandom', 1, 9),
  characterDevice('/dev/tty', 5, 0),
];

function allowCharacter(major: number, minor: number | undefined): OciDeviceRule {
  return { allow: true, type: 'c', major, ...(minor === undefined ? {} : { minor }), access: 'rwm' };
}

/** Nothing is allowed but making device nodes, the default devices, terminals and /dev/ptmx. */
export const DEFAULT_DEVICE_RULES: readonly OciDeviceRule[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...DEFAULT_DEVICES.map(({ major, minor }) => allowCharacter(major, minor)),
  allowCharacter(5, 1),
  allowCharacter(5, 2),
  allowCharacter(136, undefined),
];

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
export const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;
