import { inChild, onHost, type Program } from '@wharf/linux';
import type { OciProcess } from '@wharf/spec';
import { CLONE_NEW, MS, STDIO_MODE } from '../lower/flags.ts';
import { type LogTarget, logStep } from '../lower/log-target.ts';
import { type KernelFeatures, lowerRootfs, type Rootfs } from '../lower/rootfs.ts';

/** A command of another runtime. */
export interface RuntimeCommand {
  /** Absolute path of the runtime. */
  readonly path: string;
  readonly args: readonly string[];
  /** PATH for the runtime and its hooks. */
  readonly search: string;
}

/** Who reads and writes the streams of what the runtime runs. */
export interface ForeignStreams {
  readonly process: Pick<OciProcess, 'terminal' | 'consoleSize'>;
  readonly output: boolean;
  readonly input: boolean;
}

/** What a start by another runtime needs beside its bundle. */
export interface ForeignPlan {
  readonly rootfs: Rootfs;
  /** Where the root is mounted; config.json names the same path. */
  readonly staging: string;
  readonly features: KernelFeatures;
  readonly streams: ForeignStreams;
  readonly stdinOnce: boolean;
  readonly log: LogTarget | undefined;
  readonly command: RuntimeCommand;
  /** Mount points that the runtime is not to see. */
  readonly hidden: readonly string[];
  /**
   * Where the network namespace of the sandbox is to be found by the runtime, which itself goes back to the host's: a
   * file that is there. Undefined when the sandbox has none of its own.
   */
  readonly network: { readonly file: string; readonly host: string } | undefined;
}

const MNT_DETACH = 2;

/** The machine's count of OOM kills: a runtime removes the container's own before anybody else can read it. */
const OOM = { path: '/proc/vmstat', key: 'oom_kill' } as const;

function streamSteps({ process, output, input }: ForeignStreams): Program {
  const { height = 0, width = 0 } = process.consoleSize ?? {};
  const mode = process.terminal
    ? STDIO_MODE.terminalOnly
    : input
      ? STDIO_MODE.pipesWithInput
      : output
        ? STDIO_MODE.pipes
        : STDIO_MODE.null;
  // The terminal is one of the host's; the runtime makes the container's own and passes everything on.
  return [
    inChild({ op: 'ROOT', path: '/' }),
    inChild({ op: 'STDIO', mode, rows: process.terminal ? height : 0, columns: process.terminal ? width : 0 }),
  ];
}

function executeSteps({ path, args, search }: RuntimeCommand): Program {
  return [
    inChild({ op: 'EXEC', file: path, arguments: [path, ...args], environment: [`PATH=${search}`] }),
    onHost({ op: 'RUN' }),
  ];
}

/** Beside version 1, crun refuses a hierarchy of version 2 that has controllers. */
function hideSteps(points: readonly string[]): Program {
  return points.map((target) => inChild({ op: 'UNMOUNT', target, flags: MNT_DETACH }, { optional: true }));
}

/** A runtime refuses settings of a network namespace that it is in itself, because that may be the host's. */
function networkSteps({ network }: ForeignPlan): Program {
  if (network === undefined) return [];
  const { file, host } = network;
  return [
    inChild({ op: 'MOUNT', source: '/proc/self/ns/net', target: file, fstype: '', flags: MS.BIND, data: '' }),
    inChild({ op: 'SETNS', path: host, type: CLONE_NEW.network }),
  ];
}

/**
 * The program that lets another runtime run a container in the foreground, in a sandbox that has a mount namespace and the
 * network end only: the root is mounted where nobody else sees it, and the cell is the monitor of the runtime, which
 * passes streams, signals and the exit code of its container on. Pure.
 */
export function planForeign(plan: ForeignPlan): Program {
  return [
    ...(plan.log ? [onHost(logStep(plan.log))] : []),
    onHost({ op: 'OOM', ...OOM }),
    onHost({ op: 'STDIN', mode: plan.stdinOnce ? 1 : 0 }),
    ...lowerRootfs(plan.rootfs, plan.staging, plan.features),
    ...hideSteps(plan.hidden),
    ...networkSteps(plan),
    ...streamSteps(plan.streams),
    ...executeSteps(plan.command),
  ];
}

/** The program of a cell that lets another runtime run a further process of its container. Pure. */
export function planForeignExec(streams: ForeignStreams, command: RuntimeCommand, hidden: readonly string[]): Program {
  return [
    onHost({ op: 'STDIN', mode: streams.input ? 1 : 0 }),
    onHost({ op: 'CLONE', flags: CLONE_NEW.mount, cgroup: '' }),
    inChild({ op: 'SESSION' }),
    inChild({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: MS.REC | MS.SLAVE, data: '' }),
    ...hideSteps(hidden),
    ...streamSteps(streams),
    ...executeSteps(command),
  ];
}
