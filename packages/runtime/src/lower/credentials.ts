import { capabilityMask, inChild, isCapabilityName, type Step } from '@wharf/linux';
import type { OciProcess } from '@wharf/spec';
import { RLIMIT } from './flags.ts';

function mask(names: readonly string[]): bigint {
  return capabilityMask(names.filter(isCapabilityName));
}

function groups(ids: readonly number[]): Buffer {
  const bytes = Buffer.alloc(ids.length * 4);
  for (const [at, id] of ids.entries()) bytes.writeUInt32LE(id, at * 4);
  return bytes;
}

/** RLIM_INFINITY is all ones; configurations write -1. */
function limit(value: number): bigint {
  return value < 0 ? 0xffff_ffff_ffff_ffffn : BigInt(value);
}

/** The process that made or joined a user namespace is nobody there until it becomes its root. */
export const becomeRoot: Step = inChild({ op: 'USER', uid: 0, gid: 0, groups: Buffer.alloc(0) });

/** `side`: only the host's root may raise limits, so of a process in a user namespace the cell sets them. */
export function lowerRlimits(process: OciProcess, side: typeof inChild = inChild): Step[] {
  return process.rlimits.flatMap(({ type, soft, hard }) => {
    const resource = RLIMIT[type];
    return resource === undefined ? [] : [side({ op: 'RLIMIT', resource, soft: limit(soft), hard: limit(hard) })];
  });
}

/**
 * From root of the host to the container's user. A filter needs CAP_SYS_ADMIN unless no_new_privs is set, so without it
 * the filter comes before the capabilities go (seccomp(2)); with it, as late as possible.
 */
export function lowerCredentials(process: OciProcess, filter: Uint8Array | undefined): Step[] {
  const seccomp = filter ? [inChild({ op: 'SECCOMP', flags: 0, filter }, { note: 'compiled profile' })] : [];
  const { capabilities, user } = process;
  const set = inChild({
    op: 'CAPABILITIES',
    effective: mask(capabilities.effective),
    permitted: mask(capabilities.permitted),
    inheritable: mask(capabilities.inheritable),
    ambient: mask(capabilities.ambient),
  });
  return [
    inChild({ op: 'BOUNDING', mask: mask(capabilities.bounding) }),
    ...(process.noNewPrivileges ? [] : seccomp),
    inChild({ op: 'USER', uid: user.uid, gid: user.gid, groups: groups(user.additionalGids) }),
    set,
    ...(user.umask === undefined ? [] : [inChild({ op: 'UMASK', mask: user.umask })]),
    ...(process.noNewPrivileges ? [inChild({ op: 'NO_NEW_PRIVILEGES' }), ...seccomp] : []),
  ];
}
