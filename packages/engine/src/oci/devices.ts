import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '@wharf/kit';
import type { HostConfig, OciDevice } from '@wharf/spec';
import { fail } from '../errors.ts';

export type GrantedDevice = OciDevice & { access: string };

/** major and minor as the C library's gnu_dev_major and gnu_dev_minor split a device number. */
function split(rdev: number): { major: number; minor: number } {
  const value = BigInt(rdev);
  return {
    major: Number(((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n)),
    minor: Number((value & 0xffn) | ((value >> 12n) & 0xffffff00n)),
  };
}

function describe(target: string, access: string, stats: Stats): GrantedDevice {
  const type = stats.isBlockDevice() ? 'b' : 'c';
  return {
    path: target,
    type,
    ...split(stats.rdev),
    fileMode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    access,
  };
}

/** Device numbers of a host path. Throws BAD_CONFIG when it is no device. */
export function deviceNumbers(path: string): { major: number; minor: number } {
  const stats = statDevice(path);
  return split(stats.rdev);
}

/** A device of the host as it is. Throws BAD_CONFIG when it is none. */
export function hostDevice(path: string): { type: 'b' | 'c'; major: number; minor: number; fileMode: number } {
  const stats = statDevice(path);
  return { type: stats.isBlockDevice() ? 'b' : 'c', ...split(stats.rdev), fileMode: stats.mode & 0o7777 };
}

function statDevice(path: string): Stats {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (cause) {
    const reason = errnoOf(cause) === 'ENOENT' ? 'no such file or directory' : messageOf(cause);
    throw fail('BAD_CONFIG', `error gathering device information while adding custom device "${path}": ${reason}`, {
      cause,
    });
  }
  if (!stats.isBlockDevice() && !stats.isCharacterDevice()) {
    throw fail(
      'BAD_CONFIG',
      `error gathering device information while adding custom device "${path}": not a device node`,
    );
  }
  return stats;
}

/** All device nodes below a directory; what a privileged container sees of /dev. Terminals and mounts of its own are left out. */
function hostDevices(directory: string, depth = 0): GrantedDevice[] {
  const skip = new Set(['pts', 'shm', 'fd', 'mqueue', 'console', 'ptmx', '.lxc', '.udev']);
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (skip.has(entry.name)) return [];
    if (entry.isDirectory()) return depth < 8 ? hostDevices(path, depth + 1) : [];
    if (!entry.isCharacterDevice() && !entry.isBlockDevice()) return [];
    return [describe(path, 'rwm', statSync(path))];
  });
}

/** The devices that a container asked for; a directory stands for all devices below it. Throws BAD_CONFIG. */
export function buildDevices(hostConfig: HostConfig): GrantedDevice[] {
  if (hostConfig.Privileged) return hostDevices('/dev');
  return (hostConfig.Devices ?? []).flatMap(({ PathOnHost = '', PathInContainer, CgroupPermissions }) => {
    const target = PathInContainer || PathOnHost;
    const access = CgroupPermissions || 'rwm';
    const stats = statSync(PathOnHost, { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      return hostDevices(PathOnHost).map((device) => ({
        ...device,
        access,
        path: join(target, device.path.slice(PathOnHost.length)),
      }));
    }
    return [describe(target, access, statDevice(PathOnHost))];
  });
}
