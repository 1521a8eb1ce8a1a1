import { statSync } from 'node:fs';
import type { HostConfig, Mount } from '@wharf/spec';
import { cleanPath, destinationFault, parseBindSpec } from '../mounts/bind-spec.ts';
import { subpathFault } from '../mounts/subpath.ts';
import { checkVolumeName } from '../volumes/volume-service.ts';
import { refuse } from './refuse.ts';

function checkShort(text: string): void {
  const { source } = parseBindSpec(text);
  if (source !== '' && !source.startsWith('/')) checkVolumeName(source);
}

type Wrong = (message: string) => never;

/** The options that belong to another type of mount. */
function checkForeign(mount: Mount, wrong: Wrong): void {
  const { Type, BindOptions, VolumeOptions, TmpfsOptions, ImageOptions } = mount;
  const given = { bind: BindOptions, volume: VolumeOptions, image: ImageOptions, tmpfs: TmpfsOptions };
  for (const [type, options] of Object.entries(given)) {
    if (options === undefined || type === Type) continue;
    wrong(`field ${type.charAt(0).toUpperCase()}${type.slice(1)}Options must not be specified`);
  }
}

function checkBind({ Source = '', BindOptions = {} }: Mount, wrong: Wrong): void {
  const { Propagation = '', CreateMountpoint } = BindOptions;
  if (Source === '') wrong('field Source must not be empty');
  if (!/^(r?(shared|slave|private))?$/.test(Propagation)) wrong(`invalid propagation mode: ${Propagation}`);
  if (!Source.startsWith('/')) wrong(`invalid mount path: '${Source}' mount path must be absolute`);
  if (CreateMountpoint || statSync(Source, { throwIfNoEntry: false })) return;
  wrong(`bind source path does not exist: ${Source}`);
}

function checkVolume({ Source = '', ReadOnly, VolumeOptions = {} }: Mount, wrong: Wrong): void {
  if (Source === '' && ReadOnly) wrong('must not set ReadOnly mode when using anonymous volumes');
  if (Source === '' && VolumeOptions.Subpath) wrong('must not set Subpath when using anonymous volumes');
  const fault = subpathFault(VolumeOptions.Subpath ?? '');
  if (fault) wrong(fault);
  if (Source !== '') checkVolumeName(Source);
}

/** Options that Docker takes for the tmpfs of a `--mount`, and with which values. */
const TMPFS_WORDS: Readonly<Record<string, boolean>> = { exec: false, noexec: false };

function checkTmpfsMount({ Source = '', TmpfsOptions = {} }: Mount, wrong: Wrong): void {
  if (Source !== '') wrong('field Source must not be specified');
  if ((TmpfsOptions.SizeBytes ?? 0) < 0) wrong('invalid tmpfs size');
  for (const [name = '', ...values] of TmpfsOptions.Options ?? []) {
    if (TMPFS_WORDS[name] === undefined) wrong(`invalid option: ${JSON.stringify(name)}`);
    if (values.length > 0) wrong(`option ${JSON.stringify(name)} takes no value`);
  }
}

function checkImage({ Source = '', ImageOptions = {} }: Mount, wrong: Wrong): void {
  if (Source === '') wrong('field Source must not be empty');
  const fault = subpathFault(ImageOptions.Subpath ?? '');
  if (fault) wrong(fault.replace('volume', 'image'));
}

const CHECKS: ReadonlyMap<string, (mount: Mount, wrong: Wrong) => void> = new Map([
  ['bind', checkBind],
  ['volume', checkVolume],
  ['tmpfs', checkTmpfsMount],
  ['image', checkImage],
]);

function checkLong(mount: Mount): void {
  const { Type, Target = '' } = mount;
  const wrong: Wrong = (message) => refuse(`invalid mount config for type "${Type}": ${message}`);
  const check = CHECKS.get(Type ?? '');
  if (!check) return wrong('mount type unknown');
  if (Target === '') wrong('field Target must not be empty');
  const fault = destinationFault(Target);
  if (fault) wrong(fault);
  checkForeign(mount, wrong);
  check(mount, wrong);
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

/** Checks everything that is mounted into a container, in Docker's words. Throws BAD_CONFIG, BAD_VOLUME_NAME. */
export function checkMounts(hostConfig: HostConfig): void {
  const { Binds = [], Mounts = [], Tmpfs = {} } = hostConfig;
  for (const text of Binds) checkShort(text);
  for (const mount of Mounts) checkLong(mount);
  for (const [destination, options] of Object.entries(Tmpfs)) checkTmpfs(destination, options);
  const seen = new Set<string>();
  const destinations = [
    ...Object.keys(Tmpfs).map(cleanPath),
    ...Binds.map((text) => parseBindSpec(text).destination),
    ...Mounts.map(({ Target = '' }) => cleanPath(Target)),
  ];
  for (const destination of destinations) {
    if (seen.has(destination)) refuse(`Duplicate mount point: ${destination}`);
    seen.add(destination);
  }
}
