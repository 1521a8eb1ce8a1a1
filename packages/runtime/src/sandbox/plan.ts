import { inChild, onHost, type Program, type Step } from '@wharf/linux';
import type { OciNamespace } from '@wharf/spec';
import { CLONE_NEW, MS } from '../lower/flags.ts';

/** The control group of a sandbox, as the cgroup planner of this machine decided. */
export interface SandboxCgroup {
  /** v2 directory for CLONE_INTO_CGROUP, empty on v1. */
  readonly v2Directory: string;
  /** Directories to make, parents first. */
  readonly directories: readonly string[];
  /** Writes that have to precede the first process (cpuset defaults). */
  readonly early: readonly { readonly path: string; readonly data: string; readonly optional?: boolean }[];
  /** The cgroup.procs files that the process is to be written to. */
  readonly procsFiles: readonly string[];
}

/** All that a sandbox is made from. */
export interface SandboxPlan {
  /** Directory of socket and exit record; it exists. */
  readonly directory: string;
  readonly namespaces: readonly OciNamespace[];
  readonly cgroup: SandboxCgroup;
  /** Steps that give the new network namespace its interfaces; they follow the clone. */
  readonly network: Program;
}

const EEXIST = 17;
const O_WRONLY = 1;

/** User namespaces are made in a step of their own by the remapping work; joined ones are entered before the clone. */
function joinSteps(namespaces: readonly OciNamespace[]): Step[] {
  return namespaces
    .filter(({ path }) => path !== undefined)
    .map(({ type, path }) => onHost({ op: 'SETNS', path: path ?? '', type: CLONE_NEW[type] }));
}

/** CLONE_NEW* of the namespaces that are new, without the control groups': that one is made when the child has been moved. */
export function cloneFlags(namespaces: readonly OciNamespace[]): number {
  return namespaces
    .filter(({ type, path }) => path === undefined && type !== 'cgroup')
    .reduce((flags, { type }) => flags | CLONE_NEW[type], 0);
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
  const newNetwork = namespaces.some(({ type, path }) => type === 'network' && path === undefined);
  const newCgroup = namespaces.some(({ type, path }) => type === 'cgroup' && path === undefined);
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
    onHost({ op: 'CLONE', flags: cloneFlags(namespaces), cgroup: cgroup.v2Directory }),
    ...cgroup.procsFiles.map((path) => onHost({ op: 'WRITE_PID', path })),
    // A cgroup namespace takes the groups that its maker is in as its root, so it comes after the move.
    ...(newCgroup ? [inChild({ op: 'UNSHARE', flags: CLONE_NEW.cgroup })] : []),
    inChild({ op: 'SESSION' }),
    inChild({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: MS.REC | MS.SLAVE, data: '' }),
    ...(newNetwork ? [inChild({ op: 'LINK_LOCAL_UP' })] : []),
    ...plan.network,
  ];
}
