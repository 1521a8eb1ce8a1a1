/** A config.json that cases change. Only what they use is typed. */
export interface Bundle {
  ociVersion: string;
  process: {
    terminal: boolean;
    user: { uid: number; gid: number; additionalGids?: number[]; umask?: number };
    args: string[];
    env: string[];
    cwd: string;
    capabilities: Record<'bounding' | 'effective' | 'permitted' | 'inheritable' | 'ambient', string[]>;
    rlimits: { type: string; soft: number; hard: number }[];
    noNewPrivileges: boolean;
    oomScoreAdj?: number;
  };
  root: { path: string; readonly: boolean };
  hostname: string;
  mounts: { destination: string; type: string; source: string; options: string[] }[];
  hooks?: Record<string, { path: string; args: string[] }[]>;
  annotations?: Record<string, string>;
  linux: {
    namespaces: { type: string; path?: string }[];
    cgroupsPath: string;
    resources: Record<string, unknown> & { devices: object[] };
    devices: object[];
    maskedPaths: string[];
    readonlyPaths: string[];
    sysctl: Record<string, string>;
    seccomp?: object;
  };
}

const CAPABILITIES = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_KILL', 'CAP_MKNOD', 'CAP_SETGID', 'CAP_SETUID'];

function baseMounts(): Bundle['mounts'] {
  const mount = (destination: string, type: string, ...options: string[]) => {
    return { destination, type, source: type, options };
  };
  return [
    mount('/proc', 'proc', 'nosuid', 'noexec', 'nodev'),
    mount('/dev', 'tmpfs', 'nosuid', 'strictatime', 'mode=755', 'size=65536k'),
    mount('/dev/pts', 'devpts', 'nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'),
    mount('/dev/shm', 'tmpfs', 'nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'),
    mount('/sys', 'sysfs', 'nosuid', 'noexec', 'nodev', 'ro'),
    mount('/sys/fs/cgroup', 'cgroup', 'nosuid', 'noexec', 'nodev', 'ro'),
  ];
}

/** The bundle that all cases start from. */
export function baseBundle(options: {
  readonly rootfs: string;
  readonly cgroup: string;
  readonly script: string;
}): Bundle {
  return {
    // What the oldest of the runtimes knows.
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['sh', '-c', options.script],
      env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
      cwd: '/',
      capabilities: {
        bounding: [...CAPABILITIES],
        effective: [...CAPABILITIES],
        permitted: [...CAPABILITIES],
        inheritable: [],
        ambient: [],
      },
      rlimits: [],
      noNewPrivileges: false,
    },
    root: { path: options.rootfs, readonly: false },
    hostname: 'conformance',
    mounts: baseMounts(),
    linux: {
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
      cgroupsPath: options.cgroup,
      resources: { devices: [{ allow: false, access: 'rwm' }] },
      devices: [],
      maskedPaths: ['/proc/keys', '/sys/firmware', '/proc/no-such-thing'],
      readonlyPaths: ['/proc/sys', '/proc/no-such-thing'],
      sysctl: {},
    },
  };
}
