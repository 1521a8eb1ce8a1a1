import type { Duplex, Readable } from 'node:stream';
import type {
  ContainerConfig,
  ContainerCreateResponse,
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  ContainerTopResponse,
  ContainerWaitResponse,
  ExplainStep,
  Filters,
  HostConfig,
  NetworkingConfig,
  WaitCondition,
  WharfConfig,
} from '@wharf/spec';
import type { RequestContext } from './context.ts';
import type { RequestedPlatform } from './image.ts';

/** A checked create request: every member has the type that its name promises, and no member is null. */
export interface CreateOptions {
  /** Without a leading slash; absent when the engine shall choose one. */
  readonly name?: string;
  readonly platform?: RequestedPlatform;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networkingConfig: NetworkingConfig;
  /** What Docker does not have. */
  readonly wharf?: WharfConfig;
  /** End and remove the container that has the name; without it a name in use is a conflict. */
  readonly replace?: boolean;
  /** Is filled with what was done, for people who want to know. */
  readonly explain?: ExplainStep[];
}

export interface ContainerListOptions {
  readonly all: boolean;
  /** The newest so many, running or not; 0 for no limit. */
  readonly limit: number;
  readonly size: boolean;
  readonly filters: Filters;
}

export interface StopOptions {
  /** Signal instead of the container's own, as the client wrote it (`TERM`, `SIGTERM`, `15`). */
  readonly signal?: string;
  /** Seconds until SIGKILL; -1 for never; absent for the container's own. */
  readonly timeout?: number;
}

export interface RemoveOptions {
  readonly force: boolean;
  readonly volumes: boolean;
  readonly link: boolean;
}

export interface LogsOptions {
  readonly follow: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Nanoseconds since the epoch. */
  readonly since?: bigint;
  readonly until?: bigint;
  readonly timestamps: boolean;
  readonly details: boolean;
  /** The last so many lines. */
  readonly tail: number | 'all';
}

export interface AttachOptions {
  /** Live output and input; without it only `logs` are replayed and the stream ends. */
  readonly stream: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Replay what was logged before. */
  readonly logs: boolean;
  /** Key sequence that detaches, as the client wrote it; absent for the engine's default. */
  readonly detachKeys?: string;
}

/** Output of a container: raw bytes with `tty`, else already in frames of 8 header bytes (stream, length) each. */
export interface OutputStream {
  readonly tty: boolean;
  readonly stream: Readable;
}

/**
 * A live connection to a container. What is read is as in `OutputStream`; what is written goes to its standard input,
 * and ending the writing side is its end of file (when StdinOnce says so) while output goes on. The reading side ends
 * when the container's output does. Destroying it detaches.
 */
export interface AttachedStream {
  readonly tty: boolean;
  readonly stream: Duplex;
}

/** A wait that has begun: by then a `next-exit` cannot be missed any more. */
export interface PendingWait {
  /** Resolves when the condition is met; rejects with `cancelled` when the request's signal aborts. */
  readonly exit: Promise<ContainerWaitResponse>;
}

export interface StatsOptions {
  /** One object a second instead of one in all. */
  readonly stream: boolean;
  /** Not with `stream`: one reading at once, without the earlier one that shares are told from. */
  readonly oneShot: boolean;
}

/** How a prune is done. */
export interface PruneOptions {
  /** Remove nothing, only tell what would go. */
  readonly dryRun: boolean;
  /** A dry run tells of what would go after a prune of containers with the same filters. */
  readonly afterContainers: boolean;
}

/** Answer of POST /containers/prune; null stands for none. Bytes. */
export interface ContainerPruneReport {
  readonly ContainersDeleted: readonly string[] | null;
  readonly SpaceReclaimed: number;
}

/**
 * What the Container routes need from the engine. `id` is what clients write: full ID, beginning of it, or name.
 * Every method that takes one throws `not_found` ("No such container: x") and `invalid` for an ambiguous beginning.
 */
export interface ContainerBackend {
  /** Throws `not_found` ("No such image: x:latest"), `conflict` (name in use), `invalid`. */
  create(options: CreateOptions, context: RequestContext): Promise<ContainerCreateResponse>;
  /** Throws `not_modified` when it runs already, `conflict` when paused or being removed, `invalid` and `not_found` for
   * a command that cannot be run (codes decide the wording only). */
  start(
    id: string,
    options: { readonly detachKeys?: string; readonly explain?: ExplainStep[] },
    context: RequestContext,
  ): Promise<void>;
  /** Throws `not_modified` when it does not run. */
  stop(id: string, options: StopOptions, context: RequestContext): Promise<void>;
  restart(id: string, options: StopOptions, context: RequestContext): Promise<void>;
  /** Throws `conflict` when it does not run, `invalid` for an unknown signal. `signal` is empty when none was given. */
  kill(id: string, options: { readonly signal: string }, context: RequestContext): Promise<void>;
  /** Resolves when nothing of it runs. Throws `conflict` when it does not run or is paused already. */
  pause(id: string, context: RequestContext): Promise<void>;
  /** Throws `system` when it is not paused. */
  unpause(id: string, context: RequestContext): Promise<void>;
  /** Ends with the one object asked for; a stream ends when the container is removed or the client leaves. */
  stats(id: string, options: StatsOptions, context: RequestContext): Promise<AsyncIterable<ContainerStats>>;
  /**
   * Takes over limits and restart policy, as far as they are set; returns warnings. Throws `invalid` (bad values),
   * `conflict` (they contradict the container's).
   */
  update(id: string, changes: HostConfig, context: RequestContext): Promise<readonly string[]>;
  /** What its writable layer changes of its image: 0 modified, 1 added, 2 deleted. */
  changes(id: string, context: RequestContext): Promise<readonly { readonly Path: string; readonly Kind: 0 | 1 | 2 }[]>;
  /** `psArgs` as for ps on the host. Throws `conflict` when it does not run. */
  top(id: string, psArgs: string, context: RequestContext): Promise<ContainerTopResponse>;
  /** Removes what does not run. Throws `invalid` for an unknown filter, `conflict` while another prune runs. */
  prune(filters: Filters, options: PruneOptions, context: RequestContext): Promise<ContainerPruneReport>;
  /** Throws `conflict` when it runs and `force` is off, or a removal is in progress. */
  remove(id: string, options: RemoveOptions, context: RequestContext): Promise<void>;
  /** Throws `conflict` (name in use), `invalid` (bad name). */
  rename(id: string, name: string, context: RequestContext): Promise<void>;
  /** Character cells. Throws `conflict` when it does not run. */
  resize(id: string, size: { readonly height: number; readonly width: number }, context: RequestContext): Promise<void>;
  inspect(id: string, options: { readonly size: boolean }, context: RequestContext): Promise<ContainerInspect>;
  /** Throws `invalid` for an unknown filter. */
  list(options: ContainerListOptions, context: RequestContext): Promise<ContainerSummary[]>;
  wait(id: string, condition: WaitCondition, context: RequestContext): Promise<PendingWait>;
  /** The stream ends after the last line, or with `follow` when the container stops. */
  logs(id: string, options: LogsOptions, context: RequestContext): Promise<OutputStream>;
  /** Throws `conflict` when the container is paused or restarting. */
  attach(id: string, options: AttachOptions, context: RequestContext): Promise<AttachedStream>;
}
