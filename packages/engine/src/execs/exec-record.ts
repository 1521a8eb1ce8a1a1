import type { ContainerProcess } from '@wharf/runtime';
import type { ExecInspect } from '@wharf/spec';

/** What a client asked to be run in a container. */
export interface ExecRequest {
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly tty: boolean;
  /** Rows and columns. */
  readonly consoleSize?: readonly [number, number];
  readonly detachKeys: string;
  /** `NAME=value`, over the container's; a bare `NAME` takes one away. */
  readonly env: readonly string[];
  /** At least one word. */
  readonly command: readonly string[];
  readonly privileged: boolean;
  /** Empty for the container's. */
  readonly user: string;
  readonly workingDir: string;
  /**
   * Name of a control group inside the container's, for commands of the engine's own: they are killed by it, and forgotten
   * when they end.
   */
  readonly group?: string;
}

/** One further command of a container. Not in the database: it is worth nothing when its container has stopped. */
export interface ExecRecord {
  readonly id: string;
  /** ID of the container. */
  readonly container: string;
  readonly request: ExecRequest;
  state: 'created' | 'starting' | 'running' | 'ended';
  exitCode: number | null;
  /** While it runs. */
  process: ContainerProcess | undefined;
  /** Milliseconds since 1970, 0 before. */
  endedAt: number;
  /** Settles when it runs, or when its start failed. */
  readonly started: PromiseWithResolvers<void>;
  /** Settles when it has ended, or never will be started. */
  readonly over: PromiseWithResolvers<void>;
  /** Its client holds it: it is killed when the client goes away. */
  leashed: boolean;
}

export function newExec(id: string, container: string, request: ExecRequest): ExecRecord {
  const started = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  return {
    id,
    container,
    request,
    state: 'created',
    exitCode: null,
    process: undefined,
    endedAt: 0,
    started,
    over,
    leashed: false,
  };
}

/** GET /exec/{id}/json. */
export function inspectExec({ id, container, request, state, exitCode, process }: ExecRecord): ExecInspect {
  const [entrypoint = '', ...rest] = request.command;
  return {
    ID: id,
    Running: state === 'running',
    ExitCode: exitCode,
    ProcessConfig: {
      tty: request.tty,
      entrypoint,
      arguments: rest,
      privileged: request.privileged,
      ...(request.user === '' ? {} : { user: request.user }),
    },
    OpenStdin: request.attachStdin,
    OpenStderr: request.attachStderr,
    OpenStdout: request.attachStdout,
    CanRemove: false,
    ContainerID: container,
    DetachKeys: Buffer.from(request.detachKeys).toString('base64'),
    Pid: process?.pid ?? 0,
  };
}
