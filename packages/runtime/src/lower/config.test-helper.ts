import type { OciConfig, OciMount } from '@wharf/spec';
import type { LowerContext } from './lower.ts';

const CAPABILITIES = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_SETUID'];

export const MOUNTS: readonly OciMount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=64k'] },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
];

const DEFAULT: OciConfig = {
  ociVersion: '1.2.0',
  process: {
    terminal: false,
    user: { uid: 0, gid: 0, additionalGids: [] },
    args: ['sh'],
    env: ['PATH=/bin'],
    cwd: '/',
    capabilities: {
      bounding: CAPABILITIES,
      effective: CAPABILITIES,
      permitted: CAPABILITIES,
      inheritable: [],
      ambient: [],
    },
    rlimits: [],
    noNewPrivileges: false,
  },
  root: { path: '/staging', readonly: false },
  hostname: 'box',
  mounts: MOUNTS,
  linux: {
    namespaces: [],
    cgroupsPath: '',
    resources: {},
    devices: [{ path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o666, uid: 0, gid: 0 }],
    maskedPaths: ['/proc/kcore'],
    readonlyPaths: ['/proc/sys'],
  },
};

export interface Changes {
  readonly process?: Partial<OciConfig['process']>;
  readonly linux?: Partial<OciConfig['linux']>;
  readonly root?: OciConfig['root'];
  readonly mounts?: readonly OciMount[];
}

/** A small container's configuration, with these changes. */
export function configOf(changes: Changes = {}): OciConfig {
  return {
    ...DEFAULT,
    ...(changes.root ? { root: changes.root } : {}),
    mounts: changes.mounts ?? DEFAULT.mounts,
    process: { ...DEFAULT.process, ...changes.process },
    linux: { ...DEFAULT.linux, ...changes.linux },
  };
}

/** How a plain start is arranged, with these changes. */
export function contextOf(changes: Partial<LowerContext> = {}): LowerContext {
  return {
    rootfs: { kind: 'overlay', lower: ['/d/l/2', '/d/l/1'], upper: '/d/c/upper', work: '/d/c/work' },
    staging: '/staging',
    features: { lowerdirPlus: true },
    cgroup: { version: 2, hierarchies: [] },
    filter: undefined,
    openStdin: false,
    stdinOnce: false,
    log: undefined,
    oom: undefined,
    init: false,
    ...changes,
  };
}
