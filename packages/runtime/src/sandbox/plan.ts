import { inChild, onHost, type Program, type Step } from '@wharf/linux';
import type { OciIdMapping, OciNamespace, OciNamespaceType } from '@wharf/spec';
import { becomeRoot } from '../lower/credentials.ts';
import { CLONE_NEW, FSMOUNT, MOUNT_ATTR, MS } from '../lower/flags.ts';
import { enterCgroup } from './enter-cgroup.ts';

/** The control group of a sandbox, as the cgroup planner of this machine decided. */
export interface SandboxCgroup {
  /** v2 directory for CLONE_INTO_CGROUP, empty on v1. */
  readonly v2Directory: string;
  /** Directories to make, parents first. */
  readonly directories: readonly string[];
  /** Writes that have to precede the first process (cpuset defaults). */
  readonly early: readonly { readonly path: string; readonly data: string; readonly optional?: boolean }[];
  /** The cgroup.procs files of version 1 that the process is to be written to. */
  readonly procsFiles: readonly string[];
}

/** What /proc/PID/uid_map and gid_map of a user namespace are to say (user_namespaces(7)). */
export interface IdMaps {
  readonly uid: readonly OciIdMapping[];
  readonly gid: readonly OciIdMapping[];
}

export interface UserNamespacePlan {
  /** Of a new namespace. */
  readonly idMaps?: IdMaps;
  /** The empty directory on which the root will be mounted: the child's working directory, as its way to it may be barred. */
  readonly staging: string;
}

/** All that a sandbox is made from. */
export interface SandboxPlan {
  /** Directory of socket and exit record; it exists. */
  readonly directory: string;
  readonly namespaces: readonly OciNamespace[];
  /** Wanted when there is a user namespace. */
  readonly user?: UserNamespacePlan;
  readonly cgroup: SandboxCgroup;
  /** Steps that give the new network namespace its interfaces; they follow the clone. */
  readonly network: Program;
}

const EEXIST = 17;
const O_WRONLY = 1;

/** Namespaces that others have are joined before the clone; not a user namespace, in which the cell would be powerless. */
function joinSteps(namespaces: readonly OciNamespace[]): Step[] {
  return namespaces
    .filter(({ type, path }) => path !== undefined && type !== 'user')
    .map(({ type, path }) => onHost({ op: 'SETNS', path: path ?? '', type: CLONE_NEW[type] }));
}

/** CLONE_NEW* of the namespaces that are new, without the control groups': that one is made when the child has been moved. */
export function cloneFlags(namespaces: readonly OciNamespace[]): number {
  return namespaces
    .filter(({ type, path }) => path === undefined && type !== 'cgroup')
    .reduce((flags, { type }) => flags | CLONE_NEW[type], 0);
}

function mapFile(maps: readonly OciIdMapping[]): Buffer {
  return Buffer.from(maps.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join(''));
}

/** Namespaces made with the clone belong to a user namespace that is made with it. */
export function makeUser({ uid, gid }: IdMaps): Step[] {
  return [
    onHost({ op: 'WRITE_CHILD_PROC', name: 'uid_map', data: mapFile(uid) }),
    onHost({ op: 'WRITE_CHILD_PROC', name: 'gid_map', data: mapFile(gid) }),
    becomeRoot,
  ];
}

/**
 * A user namespace of another container is joined by the child, which then makes the others, so that they belong to it.
 * Only a pid namespace, which takes effect for children, is made with the clone: it does not belong to it, so /proc is
 * mounted while that is allowed, and is the child's root until it gets one.
 */
function joinUser(path: string, flags: number): Step[] {
  const attributes = MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;
  const proc = { fstype: 'proc', options: ['source=proc'], attributes, flags: FSMOUNT.DETACHED, target: '' };
  return [
    inChild({ op: 'FSMOUNT', ...proc }),
    inChild({ op: 'SETNS', path, type: CLONE_NEW.user }),
    inChild({ op: 'UNSHARE', flags: flags & ~CLONE_NEW.pid }),
    becomeRoot,
  ];
}

function cloneSteps({ namespaces, user: plan, cgroup }: SandboxPlan): Step[] {
  const flags = cloneFlags(namespaces);
  const user = namespaces.find(({ type }) => type === 'user');
  const early = user?.path === undefined ? flags : flags & CLONE_NEW.pid;
  const clone = [
    onHost({ op: 'CLONE', flags: early, cgroup: cgroup.v2Directory }),
    // Root of a new user namespace alone may not write to the host's files.
    ...enterCgroup(cgroup.procsFiles, user === undefined || user.path !== undefined),
  ];
  if (!user || !plan) return clone;
  const joined = user.path === undefined ? makeUser(plan.idMaps ?? { uid: [], gid: [] }) : joinUser(user.path, flags);
  return [onHost({ op: 'CHDIR', path: plan.staging }), ...clone, onHost({ op: 'CHDIR', path: '/' }), ...joined];
}

/**
 * The program that makes a sandbox and leaves it parked: a cell whose child sits in its namespaces and control group,
 * with its network end attached, waiting for the rest. Everything slow in the kernel is in here (moving a process into
 * a v1 cgroup waits for an RCU grace period, a veth pair takes milliseconds), so it is paid before anybody waits.
 * The mounts become slaves of the host's: nothing gets out, but what the host unmounts goes here too (a parked sandbox
 * would keep it busy), and a volume that is to see later mounts of the host can.
 */
export function planSandbox(plan: SandboxPlan): Program {
  const { cgroup, namespaces } = plan;
  const isNew = (wanted: OciNamespaceType) =>
    namespaces.some(({ type, path }) => type === wanted && path === undefined);
  return [
    onHost({ op: 'LISTEN', directory: plan.directory }),
    ...cgroup.directories.map((path) => onHost({ op: 'MKDIR', path, mode: 0o755 }, { tolerate: EEXIST })),
    ...cgroup.early.map(({ path, data, optional }) =>
      onHost(
        { op: 'WRITE_FILE', path, flags: O_WRONLY, mode: 0, data: Buffer.from(data) },
        { optional: optional ?? false },
      ),
    ),
    ...joinSteps(namespaces),
    ...cloneSteps(plan),
    // A cgroup namespace takes the groups that its maker is in as its root, so it comes after the move.
    ...(isNew('cgroup') ? [inChild({ op: 'UNSHARE', flags: CLONE_NEW.cgroup })] : []),
    inChild({ op: 'SESSION' }),
    inChild({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: MS.REC | MS.SLAVE, data: '' }),
    ...(isNew('network') ? [inChild({ op: 'LINK_LOCAL_UP' })] : []),
    ...plan.network,
  ];
}
