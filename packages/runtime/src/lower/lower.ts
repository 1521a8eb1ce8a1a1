import { inChild, onHost, type Program, type Step } from '@wharf/linux';
import type { OciConfig, OciDevice } from '@wharf/spec';
import { lowerCellMount } from './cell-bind.ts';
import { lowerCredentials, lowerRlimits } from './credentials.ts';
import { MOUNT_ATTR, O_WRONLY, S_IF, STDIO_MODE } from './flags.ts';
import { type Held, heldEnd, heldStreams } from './held.ts';
import { type LogTarget, logStep } from './log-target.ts';
import { type CgroupView, lowerMount } from './mounts.ts';
import { checkProcMounts } from './proc-mounts.ts';
import {
  type KernelFeatures,
  lowerMappedRootfs,
  lowerRootfs,
  type MappedLayers,
  mappedOverlay,
  type Rootfs,
} from './rootfs.ts';
import { mappedMounts } from './user-namespace.ts';
import type { UserView } from './user-view.ts';

/** What the container's configuration does not say: how this machine and this start are arranged. */
export interface LowerContext {
  readonly rootfs: Rootfs;
  readonly staging: string;
  readonly features: KernelFeatures;
  readonly cgroup: CgroupView;
  /** When the container is in a user namespace. */
  readonly user?: UserView;
  /** The seccomp profile as BPF instructions; undefined for unconfined. */
  readonly filter: Uint8Array | undefined;
  /** Whether anybody may write to the container's stdin. */
  readonly openStdin: boolean;
  /** Close stdin when the first attached client is done. */
  readonly stdinOnce: boolean;
  readonly log: LogTarget | undefined;
  /** Where the kernel counts OOM kills of this container. */
  readonly oom: { readonly path: string; readonly key: string } | undefined;
  /** Process 1 is a minimal init (`--init`). */
  readonly init: boolean;
  /** When the process is to wait, for another program than the engine. */
  readonly held?: Held;
}

const DEVICE_LINKS: readonly (readonly [string, string])[] = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
  ['/proc/kcore', '/dev/core'],
  ['pts/ptmx', '/dev/ptmx'],
];

const EEXIST = 17;

function deviceStep({ path, type, major, minor, fileMode, uid, gid }: OciDevice): Step {
  return inChild({ op: 'MKNOD', path, mode: S_IF[type] | fileMode, major, minor, uid, gid }, { tolerate: EEXIST });
}

function isBelowDev(destination: string): boolean {
  return destination === '/dev' || destination.startsWith('/dev/');
}

/**
 * Mounts in the configuration's order; the device nodes come right after /dev itself, before what lies below it. A /dev
 * of the host's that the user binds is left as it is.
 */
function mountSteps(config: OciConfig, context: LowerContext): Step[] {
  const devIsOurs = config.mounts.some(({ destination, type }) => destination === '/dev' && type === 'tmpfs');
  const devices = [
    ...config.linux.devices.map(deviceStep),
    ...DEVICE_LINKS.map(([value, path]) => inChild({ op: 'SYMLINK', value, path }, { tolerate: EEXIST })),
  ];
  const overlay = (layers: MappedLayers) => mappedOverlay(layers, context.staging, undefined);
  const cell = { mapped: false, ...(context.features.lowerdirPlus ? {} : { overlay }) };
  const steps = config.mounts.flatMap((mount) => {
    const lowered = mount.fromCell ? lowerCellMount(mount, cell) : lowerMount(mount, context.cgroup);
    return mount.destination === '/dev' && devIsOurs ? [...lowered, ...devices] : lowered;
  });
  const devIsBound = config.mounts.some(({ destination }) => destination === '/dev') && !devIsOurs;
  return devIsOurs || devIsBound
    ? steps
    : [...steps, ...config.linux.devices.filter(({ path }) => isBelowDev(path)).map(deviceStep)];
}

function sysctlSteps(config: OciConfig): Step[] {
  return Object.entries(config.linux.sysctl ?? {}).map(([key, value]) => {
    const path = `/proc/sys/${key.replaceAll('.', '/')}`;
    return inChild({ op: 'WRITE_FILE', path, flags: O_WRONLY, mode: 0, data: Buffer.from(value) });
  });
}

function identitySteps(config: OciConfig, user: UserView | undefined): Step[] {
  const name = config.hostname ? [inChild({ op: 'HOSTNAME', name: config.hostname })] : [];
  const domain = config.domainname ? [inChild({ op: 'DOMAINNAME', name: config.domainname })] : [];
  const oom = config.process.oomScoreAdj;
  const adjust =
    oom === undefined
      ? []
      : [
          // Lowering it needs CAP_SYS_RESOURCE, which the machine may lack, and a user namespace has not.
          user
            ? onHost(
                { op: 'WRITE_CHILD_PROC', name: 'oom_score_adj', data: Buffer.from(String(oom)) },
                { optional: true },
              )
            : inChild(
                {
                  op: 'WRITE_FILE',
                  path: '/proc/self/oom_score_adj',
                  flags: O_WRONLY,
                  mode: 0,
                  data: Buffer.from(String(oom)),
                },
                { optional: true },
              ),
        ];
  return [...name, ...domain, ...adjust, inChild({ op: 'KEYRING', name: '' }, { optional: true })];
}

function stdioStep(config: OciConfig, context: LowerContext): Step {
  const size = config.process.consoleSize;
  const mode = config.process.terminal
    ? STDIO_MODE.terminal
    : context.openStdin
      ? STDIO_MODE.pipesWithInput
      : STDIO_MODE.pipes;
  return inChild({ op: 'STDIO', mode, rows: size?.height ?? 0, columns: size?.width ?? 0 });
}

function monitorSteps(context: LowerContext): Step[] {
  const { log, oom } = context;
  return [
    ...(log ? [onHost(logStep(log))] : []),
    ...(oom ? [onHost({ op: 'OOM', ...oom })] : []),
    onHost({ op: 'STDIN', mode: context.stdinOnce ? 1 : 0 }),
  ];
}

/**
 * Lowers an OCI configuration to the program that a parked sandbox performs: mounts, devices, limits of the process,
 * credentials, execution. Pure: two equal inputs give equal programs, which tests compare without root. Throws
 * START_FAILED for mounts that hide /proc.
 */
export function lowerConfig(config: OciConfig, context: LowerContext): Program {
  const { process, linux } = config;
  const { user } = context;
  checkProcMounts(config.mounts);
  const readonlyRoot = inChild({
    op: 'SET_ATTR',
    target: '/',
    flags: 0,
    set: MOUNT_ATTR.RDONLY,
    clear: 0,
    propagation: 0,
  });
  return [
    ...monitorSteps(context),
    ...identitySteps(config, user),
    ...(user
      ? [
          ...lowerMappedRootfs(context.rootfs, context.staging, user),
          ...mappedMounts(config, context.cgroup, DEVICE_LINKS, user, context.staging),
        ]
      : [...lowerRootfs(context.rootfs, context.staging, context.features), ...mountSteps(config, context)]),
    ...sysctlSteps(config),
    ...linux.maskedPaths.map((path) => inChild({ op: 'MASK', path })),
    ...linux.readonlyPaths.map((path) => inChild({ op: 'READONLY', path })),
    // Docker makes a missing working directory; it belongs to root.
    inChild({ op: 'MKDIR_IN', path: process.cwd, mode: 0o755, uid: 0, gid: 0 }, { optional: true }),
    ...(context.held ? heldStreams(process, STDIO_MODE.terminal) : [stdioStep(config, context)]),
    ...(config.root.readonly ? [readonlyRoot] : []),
    inChild({ op: 'PIVOT' }),
    ...lowerRlimits(process, user ? onHost : inChild),
    inChild({ op: 'WORKDIR', path: process.cwd }),
    ...lowerCredentials(process, context.filter),
    ...(context.init ? [inChild({ op: 'INIT' })] : []),
    inChild({ op: 'EXEC', file: process.args[0] ?? '', arguments: process.args, environment: process.env }),
    ...heldEnd(context.held),
  ];
}
