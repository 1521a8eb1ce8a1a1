import type { ExecCreateRequest, ExecInspect } from '@wharf/spec';
import type { AttachedStream } from './container.ts';
import type { RequestContext } from './context.ts';

/** A checked request for a further command in a container: no member is null, and there is a command. */
export interface ExecOptions {
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly tty: boolean;
  /** Rows and columns. */
  readonly consoleSize?: readonly [number, number];
  readonly detachKeys: string;
  readonly env: NonNullable<ExecCreateRequest['Env']>;
  /** At least one word. */
  readonly command: readonly string[];
  readonly privileged: boolean;
  readonly user: string;
  readonly workingDir: string;
}

export interface ExecStartOptions {
  /** Start it and leave it alone: nobody gets its output. */
  readonly detach: boolean;
  /** Rows and columns; absent for those of its creation. */
  readonly consoleSize?: readonly [number, number];
  /**
   * Called, without `detach`, when nothing can be refused any more and before the command runs: clients that read the
   * answer's head and the output in one go lose the output.
   */
  onAccept?(tty: boolean): void;
}

/**
 * What the Exec routes need from the engine. Every method that takes the ID of an exec throws `not_found` ("No such exec
 * instance: x").
 */
export interface ExecBackend {
  /** Throws `not_found` (container), `conflict` when it does not run, restarts or is paused. */
  create(container: string, options: ExecOptions, context: RequestContext): Promise<{ readonly Id: string }>;
  /**
   * Throws `conflict` when it runs or ran already, or its container does not run. A command that cannot be started is
   * thrown with `detach`; otherwise the stream tells it, as Docker's does. Undefined with `detach`.
   */
  start(id: string, options: ExecStartOptions, context: RequestContext): Promise<AttachedStream | undefined>;
  /** Character cells. */
  resize(id: string, size: { readonly height: number; readonly width: number }, context: RequestContext): Promise<void>;
  inspect(id: string, context: RequestContext): Promise<ExecInspect>;
  /** `signal` is empty for SIGKILL; all descendants get it too. Throws `conflict` when nothing of it runs. */
  kill(id: string, options: { readonly signal: string }, context: RequestContext): Promise<void>;
  /**
   * Ties an exec that was not started yet to this request: when `context.signal` aborts before `over` resolves, it is
   * killed with all its descendants. Throws `conflict` when it was started already.
   */
  leash(id: string, context: RequestContext): Promise<{ readonly over: Promise<{ readonly ExitCode: number | null }> }>;
}
