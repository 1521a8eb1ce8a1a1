import { statSync } from 'node:fs';
import type { HostConfig } from '@wharf/spec';
import { cleanPath, listBinds } from '../oci/mounts.ts';
import { refuse, unsupported } from './refuse.ts';

const MODE_GROUPS: readonly (readonly string[])[] = [
  ['ro', 'rw'],
  ['z', 'Z'],
  ['shared', 'slave', 'private', 'rshared', 'rslave', 'rprivate'],
  ['consistent', 'cached', 'delegated'],
  ['nocopy'],
];

/** One option of a kind, and none that is unknown. */
function checkMode(mode: string): void {
  const options = mode.split(',');
  const once = MODE_GROUPS.every((group) => options.filter((option) => group.includes(option)).length <= 1);
  if (once && options.every((option) => MODE_GROUPS.some((group) => group.includes(option)))) return;
  refuse(`invalid mode: ${mode}`);
}

function destinationFault(destination: string): string | undefined {
  if (!destination.startsWith('/')) return `invalid mount path: '${destination}' mount path must be absolute`;
  return cleanPath(destination) === '/' ? `invalid specification: destination can't be '/'` : undefined;
}

function checkShort(text: string): void {
  const parts = text.split(':');
  const [source = '', destination = '', mode] = parts;
  if (parts.length === 1) unsupported(`anonymous volumes are not available yet ("${text}")`);
  if (parts.length > 3 || source === '') refuse(`invalid volume specification: '${text}'`);
  if (mode !== undefined) checkMode(mode);
  const fault = destinationFault(destination);
  if (fault) {
    const type = source.startsWith('/') ? 'bind' : 'volume';
    refuse(`invalid volume specification: '${text}': invalid mount config for type "${type}": ${fault}`);
  }
  if (source.startsWith('/')) return;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) {
    refuse(
      `create ${source}: "${source}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  unsupported(`named volumes are not available yet ("${source}"): bind a directory of the host`);
}

type Mount = NonNullable<HostConfig['Mounts']>[number];

function checkLong({ Type, Source = '', Target = '', BindOptions }: Mount): void {
  const wrong = (message: string): never => refuse(`invalid mount config for type "${Type}": ${message}`);
  if (!['bind', 'tmpfs', 'volume', 'image', 'cluster', 'npipe'].includes(Type ?? '')) wrong('mount type unknown');
  if (Type !== 'bind' && Type !== 'tmpfs') unsupported(`mounts of type ${Type} are not available yet (${Target})`);
  if (Target === '') wrong('field Target must not be empty');
  const fault = destinationFault(Target);
  if (fault) wrong(fault);
  if (Type === 'tmpfs') {
    if (Source !== '') wrong('field Source must not be specified');
    return;
  }
  if (Source === '') wrong('field Source must not be empty');
  if (!Source.startsWith('/')) wrong(`invalid mount path: '${Source}' mount path must be absolute`);
  if (BindOptions?.CreateMountpoint || statSync(Source, { throwIfNoEntry: false })) return;
  wrong(`bind source path does not exist: ${Source}`);
}

const TMPFS_FLAGS = new Set(
  `defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime
  nodiratime bind rbind unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime
  strictatime nostrictatime`.split(/\s+/),
);
const TMPFS_VALUES = new Set(['mode', 'uid', 'gid', 'size', 'nr_inodes', 'nr_blocks', 'mpol']);

function checkTmpfs(destination: string, options: string): void {
  const fault = destinationFault(destination);
  if (fault) refuse(fault);
  for (const option of options.split(',').filter(Boolean)) {
    const [name = '', value] = option.split('=', 2);
    const known = value === undefined ? TMPFS_FLAGS.has(name) : TMPFS_VALUES.has(name);
    if (!known) refuse(`invalid tmpfs option ${JSON.stringify(option)}`);
  }
}

/** Checks everything that is mounted into a container, in Docker's words. Throws BAD_CONFIG, NOT_SUPPORTED. */
export function checkMounts(hostConfig: HostConfig): void {
  for (const text of hostConfig.Binds ?? []) checkShort(text);
  for (const mount of hostConfig.Mounts ?? []) checkLong(mount);
  for (const [destination, options] of Object.entries(hostConfig.Tmpfs ?? {})) checkTmpfs(destination, options);
  const seen = new Set<string>();
  const destinations = [
    ...listBinds(hostConfig).map(({ destination }) => destination),
    ...Object.keys(hostConfig.Tmpfs ?? {}).map(cleanPath),
    ...(hostConfig.Mounts ?? []).filter(({ Type }) => Type === 'tmpfs').map(({ Target = '' }) => cleanPath(Target)),
  ];
  for (const destination of destinations) {
    if (seen.has(destination)) refuse(`Duplicate mount point: ${destination}`);
    seen.add(destination);
  }
}
