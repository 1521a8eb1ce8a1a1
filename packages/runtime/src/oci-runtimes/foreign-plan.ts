import { inChild, onHost, type Program } from '@wharf/linux';
import type { OciProcess } from '@wharf/spec';
import { STDIO_MODE } from '../lower/flags.ts';
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
  readonly log: { readonly path: string; readonly maxSize: number; readonly maxFiles: number } | undefined;
  readonly command: RuntimeCommand;
}

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

/**
 * The program that lets another runtime run a container in the foreground, in a sandbox that has a mount namespace and the
 * network end only: the root is mounted where nobody else sees it, and the cell is the monitor of the runtime, which
 * passes streams, signals and the exit code of its container on. Pure.
 */
export function planForeign(plan: ForeignPlan): Program {
  return [
    ...(plan.log ? [onHost({ op: 'LOG', ...plan.log })] : []),
    onHost({ op: 'OOM', ...OOM }),
    onHost({ op: 'STDIN', mode: plan.stdinOnce ? 1 : 0 }),
    ...lowerRootfs(plan.rootfs, plan.staging, plan.features),
    ...streamSteps(plan.streams),
    ...executeSteps(plan.command),
  ];
}

/** The program of a cell that lets another runtime run a further process of its container. Pure. */
export function planForeignExec(streams: ForeignStreams, command: RuntimeCommand): Program {
  return [
    onHost({ op: 'STDIN', mode: streams.input ? 1 : 0 }),
    onHost({ op: 'CLONE', flags: 0, cgroup: '' }),
    inChild({ op: 'SESSION' }),
    ...streamSteps(streams),
    ...executeSteps(command),
  ];
}
