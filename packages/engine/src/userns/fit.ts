import type { IdMaps } from '@wharf/runtime';
import type { OciMount } from '@wharf/spec';
import { hostIdOf } from './id-ranges.ts';

/** The mounts for these IDs: terminals belong to a group that a small user namespace may not have. */
export function fitMounts(mounts: readonly OciMount[], idMaps: IdMaps | undefined): readonly OciMount[] {
  if (!idMaps) return mounts;
  const known = (option: string) => {
    const gid = /^gid=(\d+)$/.exec(option)?.[1];
    return gid === undefined || hostIdOf(idMaps.gid, Number(gid)) !== undefined;
  };
  return mounts.map((mount) => (mount.type === 'devpts' ? { ...mount, options: mount.options.filter(known) } : mount));
}

/** A default that names groups which the user namespace may not have; one of the user's own is left as it is. */
export function fitSysctls(
  sysctls: Readonly<Record<string, string>>,
  idMaps: IdMaps | undefined,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const name = 'net.ipv4.ping_group_range';
  if (!idMaps || sysctls[name] === undefined || given[name] !== undefined) return sysctls;
  const last = Math.max(...idMaps.gid.map(({ containerID, size }) => containerID + size - 1));
  return { ...sysctls, [name]: `0 ${Math.min(last, 2 ** 31 - 1)}` };
}
