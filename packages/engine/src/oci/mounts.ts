import { posix } from 'node:path';
import { errnoOf, messageOf } from '@wharf/kit';
import type { HostConfig, OciMount } from '@wharf/spec';
import { fail } from '../errors.ts';
import { makeDirectories } from '../make-directories.ts';
import { DEFAULT_MOUNTS, DEFAULT_SHM_SIZE } from './defaults.ts';

/** A bind of a host path as it was asked for. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
  readonly options: readonly string[];
  /** Make a missing source directory, as `-v` does and `--mount` does not. */
  readonly createSource: boolean;
  /** What is mounted below the source stays out. */
  readonly nonRecursive?: boolean;
  /** Read-only does not reach what is mounted below the source. */
  readonly shallowReadonly?: boolean;
}

/** An absolute path without `.`, `..`, doubled or trailing slashes; anything else as it is. */
export function cleanPath(path: string): string {
  if (!path.startsWith('/')) return path;
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}

/** `-v` binds (source:destination[:options], source absolute) and `--mount type=bind`. */
export function listBinds(hostConfig: HostConfig): Bind[] {
  const short = (hostConfig.Binds ?? []).map((text) => {
    const [source = '', destination = '', options = ''] = text.split(':');
    return {
      source: cleanPath(source),
      destination: cleanPath(destination),
      options: options.split(',').filter(Boolean),
      createSource: true,
    };
  });
  const long = (hostConfig.Mounts ?? [])
    .filter(({ Type }) => Type === 'bind')
    .map(({ Source = '', Target = '', ReadOnly, BindOptions }) => ({
      source: cleanPath(Source),
      destination: cleanPath(Target),
      options: [...(ReadOnly ? ['ro'] : []), ...(BindOptions?.Propagation ? [BindOptions.Propagation] : [])],
      createSource: BindOptions?.CreateMountpoint ?? false,
      nonRecursive: BindOptions?.NonRecursive ?? false,
      shallowReadonly: BindOptions?.ReadOnlyNonRecursive ?? false,
    }));
  return [...short, ...long];
}

/** Read-only is so for all that is mounted below, as Docker has it since 25.0, unless that is not wanted. */
function bindMount({ source, destination, options, nonRecursive, shallowReadonly }: Bind): OciMount {
  const propagation = options.some((option) => /^r?(shared|slave|private)$/.test(option)) ? [] : ['rprivate'];
  const given = options.map((option) => (option === 'ro' && !shallowReadonly && !nonRecursive ? 'rro' : option));
  return { destination, type: 'bind', source, options: [nonRecursive ? 'bind' : 'rbind', ...propagation, ...given] };
}

function tmpfsMounts(hostConfig: HostConfig): OciMount[] {
  const defaults = ['nosuid', 'nodev', 'noexec'];
  const short = Object.entries(hostConfig.Tmpfs ?? {}).map(([destination, options]) => ({
    destination: cleanPath(destination),
    type: 'tmpfs',
    source: 'tmpfs',
    options: [...defaults, ...options.split(',').filter(Boolean)],
  }));
  const long = (hostConfig.Mounts ?? [])
    .filter(({ Type }) => Type === 'tmpfs')
    .map(({ Target = '', ReadOnly, TmpfsOptions }) => ({
      destination: cleanPath(Target),
      type: 'tmpfs',
      source: 'tmpfs',
      options: [
        ...defaults,
        ...(TmpfsOptions?.SizeBytes ? [`size=${TmpfsOptions.SizeBytes}`] : []),
        ...(TmpfsOptions?.Mode ? [`mode=${TmpfsOptions.Mode.toString(8)}`] : []),
        ...(ReadOnly ? ['ro'] : []),
      ],
    }));
  return [...short, ...long];
}

function shmMount(hostConfig: HostConfig): OciMount[] {
  if (hostConfig.IpcMode === 'none') return [];
  if (hostConfig.IpcMode === 'host') {
    return [{ destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', 'rprivate'] }];
  }
  const size = hostConfig.ShmSize || DEFAULT_SHM_SIZE;
  const options = ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${size}`];
  return [{ destination: '/dev/shm', type: 'tmpfs', source: 'shm', options }];
}

/** The defaults as this container's flags change them. */
function baseMounts(hostConfig: HostConfig): OciMount[] {
  return DEFAULT_MOUNTS.filter(
    ({ destination }) => !(hostConfig.IpcMode === 'host' && destination === '/dev/mqueue'),
  ).map((mount) => {
    const writable = hostConfig.Privileged && ['/sys', '/sys/fs/cgroup'].includes(mount.destination);
    return writable ? { ...mount, options: mount.options.filter((option) => option !== 'ro') } : mount;
  });
}

/** Makes a missing source of `-v`. Throws BAD_CONFIG. */
function makeSource(bind: Bind): void {
  if (!bind.createSource) return;
  try {
    makeDirectories(bind.source);
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return; // a file may be bound too
    const message = `error while creating mount source path '${bind.source}': ${messageOf(cause)}`;
    throw fail('BAD_CONFIG', message, { cause });
  }
}

/**
 * All mounts in the order in which they have to be made: defaults, then the files that the engine keeps for the
 * container, then the user's, shorter destinations first so that nothing is hidden; a user's mount replaces a default.
 */
export function buildMounts(hostConfig: HostConfig, engineFiles: readonly Bind[]): OciMount[] {
  const binds = listBinds(hostConfig);
  for (const bind of binds) makeSource(bind);
  const own = [...baseMounts(hostConfig), ...shmMount(hostConfig)];
  const given = [...binds.map(bindMount), ...tmpfsMounts(hostConfig)];
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
