import type { HostConfig, OciMount } from '@wharf/spec';
import { cleanPath } from '../mounts/bind-spec.ts';
import { DEFAULT_MOUNTS, DEFAULT_SHM_SIZE } from './defaults.ts';
import { buildSecurity } from './security.ts';

/** A bind of a file of the engine's. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
  readonly options: readonly string[];
}

function bindMount({ source, destination, options }: Bind): OciMount {
  const given = options.map((option) => (option === 'ro' ? 'rro' : option));
  return { destination, type: 'bind', source, options: ['rbind', 'rprivate', ...given] };
}

function tmpfsMounts(hostConfig: HostConfig): OciMount[] {
  const defaults = ['nosuid', 'nodev', 'noexec'];
  return Object.entries(hostConfig.Tmpfs ?? {}).map(([destination, options]) => ({
    destination: cleanPath(destination),
    type: 'tmpfs',
    source: 'tmpfs',
    options: [...defaults, ...options.split(',').filter(Boolean)],
  }));
}

/** `ipc`: file of another container's namespace, whose shared memory is shared with it. */
function shmMount(hostConfig: HostConfig, ipc: string | undefined): OciMount[] {
  if (hostConfig.IpcMode === 'none') return [];
  if (hostConfig.IpcMode === 'host') {
    return [{ destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', 'rprivate'] }];
  }
  if (ipc !== undefined) {
    const fromCell = { namespace: ipc.replace(/ipc$/, 'mnt') };
    return [{ destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['bind', 'rprivate'], fromCell }];
  }
  return [ownShm(hostConfig)];
}

function ownShm(hostConfig: HostConfig): OciMount {
  const size = hostConfig.ShmSize || DEFAULT_SHM_SIZE;
  const options = ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${size}`];
  return { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options };
}

/** Other runtimes cannot mount what is another container's: theirs have shared memory of their own. */
export function withOwnShm(mounts: readonly OciMount[], hostConfig: HostConfig): OciMount[] {
  return mounts.map((mount) => (mount.fromCell?.namespace === undefined ? mount : ownShm(hostConfig)));
}

/** The defaults as this container's flags change them. */
function baseMounts(hostConfig: HostConfig): OciMount[] {
  const cgroups = buildSecurity(hostConfig).writableCgroups ?? hostConfig.Privileged;
  return DEFAULT_MOUNTS.filter(
    ({ destination }) => !(hostConfig.IpcMode === 'host' && destination === '/dev/mqueue'),
  ).map((mount) => {
    const writable =
      (mount.destination === '/sys' && hostConfig.Privileged) || (mount.destination === '/sys/fs/cgroup' && cgroups);
    return writable ? { ...mount, options: mount.options.filter((option) => option !== 'ro') } : mount;
  });
}

/**
 * All mounts in the order in which they have to be made: defaults, then the files that the engine keeps for the
 * container, then the user's (`users`, and `--tmpfs`), shorter destinations first so that nothing is hidden; a user's
 * mount replaces a default. `ipc`: file of the joined IPC namespace.
 */
export function buildMounts(
  hostConfig: HostConfig,
  engineFiles: readonly Bind[],
  users: readonly OciMount[],
  ipc?: string,
): OciMount[] {
  const own = [...baseMounts(hostConfig), ...shmMount(hostConfig, ipc)];
  const given = [...users, ...tmpfsMounts(hostConfig)];
  const taken = new Set(given.map(({ destination }) => destination));
  const devIsGiven = taken.has('/dev');
  const depth = ({ destination }: OciMount) => destination.split('/').filter(Boolean).length;
  const rest = [...engineFiles.map(bindMount), ...given].filter(
    ({ destination }, at) => at >= engineFiles.length || !taken.has(destination),
  );
  return [
    // Below a /dev of the user's nothing of ours is mounted.
    ...own.filter(({ destination }) => !taken.has(destination) && !(devIsGiven && destination.startsWith('/dev/'))),
    ...rest.sort((one, other) => depth(one) - depth(other)),
  ];
}
