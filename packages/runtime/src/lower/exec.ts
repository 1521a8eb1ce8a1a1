import { inChild, onHost, type Program, type Step } from '@wharf/linux';
import type { OciNamespaceType, OciProcess } from '@wharf/spec';
import { enterCgroup } from '../sandbox/enter-cgroup.ts';
import { becomeRoot, lowerCredentials, lowerRlimits } from './credentials.ts';
import { CLONE_NEW, O_WRONLY, STDIO_MODE } from './flags.ts';
import { type Held, heldEnd, heldSteps, heldStreams } from './held.ts';

/** A further process in a running container: all that its cell has to know. */
export interface ExecPlan {
  readonly process: OciProcess;
  /**
   * Files of the container's namespaces that are to be joined, as paths that mean the same container for as long as the
   * program runs (of held descriptors: a process ID could be another's by then).
   */
  readonly namespaces: readonly { readonly type: OciNamespaceType; readonly path: string }[];
  /** The container's control group: the v2 directory that the process is cloned into, or the lists it is written to. */
  readonly cgroup: { readonly v2Directory: string; readonly procsFiles: readonly string[] };
  /** The container's seccomp filter; undefined for unconfined. */
  readonly filter: Uint8Array | undefined;
  /** Whether anybody reads its output, or writes its input; without either the streams are /dev/null. */
  readonly output: boolean;
  readonly input: boolean;
  /** When the process is to wait, for another program than the engine. */
  readonly held?: Held;
}

/**
 * The control groups' namespace must not be joined before the process is in the group. The host's root may join whatever
 * there is, so the user namespace, where it is nobody else's root, comes after those that need not belong to it.
 */
const JOIN_ORDER: readonly OciNamespaceType[] = ['network', 'ipc', 'uts', 'cgroup', 'user', 'mount'];

function joinSteps({ namespaces }: ExecPlan): Step[] {
  const paths = JOIN_ORDER.flatMap((type) => namespaces.filter((other) => other.type === type).map(({ path }) => path));
  return [inChild({ op: 'JOIN', paths }), ...(hasUser(namespaces) ? [becomeRoot] : [])];
}

function hasUser(namespaces: ExecPlan['namespaces']): boolean {
  return namespaces.some(({ type }) => type === 'user');
}

function stdioStep({ process, output, input }: ExecPlan): Step {
  const { height = 0, width = 0 } = process.consoleSize ?? {};
  if (process.terminal) return inChild({ op: 'STDIO', mode: STDIO_MODE.terminalOnly, rows: height, columns: width });
  const mode = input ? STDIO_MODE.pipesWithInput : output ? STDIO_MODE.pipes : STDIO_MODE.null;
  return inChild({ op: 'STDIO', mode, rows: 0, columns: 0 });
}

function oomSteps({ oomScoreAdj }: OciProcess): Step[] {
  if (oomScoreAdj === undefined) return [];
  const data = Buffer.from(String(oomScoreAdj));
  const path = '/proc/self/oom_score_adj';
  return [inChild({ op: 'WRITE_FILE', path, flags: O_WRONLY, mode: 0, data }, { optional: true })];
}

/** Makes the cell's socket: clients connect to it before the process runs, so that they miss nothing. */
export function lowerExecListen(directory: string): Program {
  return [onHost({ op: 'LISTEN', directory })];
}

/**
 * Lowers a further process of a running container to the program of a cell of its own. Pure. A pid namespace takes effect
 * for the next child only, so the cell enters it itself; everything else is entered by the child, which is in the
 * container's control group by then.
 */
export function lowerExec(plan: ExecPlan): Program {
  const { process, cgroup } = plan;
  const pid = plan.namespaces.filter(({ type }) => type === 'pid');
  return [
    onHost({ op: 'STDIN', mode: plan.input ? 1 : 0 }),
    ...pid.map(({ path }) => onHost({ op: 'SETNS', path, type: CLONE_NEW.pid })),
    onHost({ op: 'CLONE', flags: 0, cgroup: cgroup.v2Directory }),
    ...enterCgroup(cgroup.procsFiles, true),
    inChild({ op: 'SESSION' }),
    ...(plan.held ? heldSteps(plan.held) : []),
    ...oomSteps(process),
    ...joinSteps(plan),
    inChild({ op: 'KEYRING', name: '' }, { optional: true }),
    inChild({ op: 'ROOT', path: '/' }),
    ...(plan.held ? heldStreams(process, STDIO_MODE.terminalOnly) : [stdioStep(plan)]),
    ...(hasUser(plan.namespaces) ? lowerRlimits(process, onHost) : lowerRlimits(process)),
    inChild({ op: 'WORKDIR', path: process.cwd }),
    ...lowerCredentials(process, plan.filter),
    inChild({ op: 'EXEC', file: process.args[0] ?? '', arguments: process.args, environment: process.env }),
    ...heldEnd(plan.held),
  ];
}
