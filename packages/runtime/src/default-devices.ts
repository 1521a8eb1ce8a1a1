import type { OciDevice, OciDeviceRule } from '@wharf/spec';

const character = (path: string, major: number, minor: number): OciDevice => ({
  path,
  type: 'c',
  major,
  minor,
  fileMode: 0o666,
  uid: 0,
  gid: 0,
});

/** The devices that every container has (runtime-spec, config-linux.md, "Default Devices"). */
export const DEFAULT_DEVICES: readonly OciDevice[] = [
  character('/dev/null', 1, 3),
  character('/dev/zero', 1, 5),
  character('/dev/full', 1, 7),
  character('/dev/random', 1, 8),
  character('/dev/urandom', 1, 9),
  character('/dev/tty', 5, 0),
];

const allow = (major: number, minor?: number): OciDeviceRule => ({
  allow: true,
  type: 'c',
  major,
  ...(minor === undefined ? {} : { minor }),
  access: 'rwm',
});

/** What every container may use of devices: the default ones, terminals; and make nodes of any. */
export const ALLOWED_DEVICES: readonly OciDeviceRule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...DEFAULT_DEVICES.map(({ major, minor }) => allow(major, minor)),
  allow(5, 1),
  allow(5, 2),
  allow(136),
];
