/** What to do with a container that has become unhealthy. */
export type HealthOnFailure = 'none' | 'kill' | 'restart' | 'stop';

/**
 * Member `Wharf` of the body of POST /containers/create, shown again by GET /containers/{id}/json: what Docker does not
 * have. Every member is optional; one that is not known is refused, as to drop it silently would run something else.
 */
export interface WharfConfig {
  /** `uid:gid` of who runs the client: whose IDs HostConfig.UsernsMode `keep-id` keeps. */
  Caller?: string;
  /** `none` when absent. */
  HealthOnFailure?: HealthOnFailure;
  /** Longest time that one run of the container may take, in nanoseconds; 0 or absent for any. */
  Timeout?: number;
}

/** IDs of a container that follow each other, and what they are on the host. */
export interface WharfIdRange {
  ContainerID: number;
  HostID: number;
  Size: number;
}

/** Member `Wharf` of the answer of GET /containers/{id}/json. */
export interface WharfInspect extends WharfConfig {
  /** Users of a container in a user namespace that is not the host's; absent for others. */
  UidMap?: WharfIdRange[];
  /** Groups, likewise. */
  GidMap?: WharfIdRange[];
}

/** What a container's present state comes from, in one word for programs. */
export type WharfCause =
  | 'never-started'
  | 'start-failed'
  | 'running'
  | 'starting'
  | 'unhealthy'
  | 'paused'
  | 'completed'
  | 'failed'
  | 'out-of-memory'
  | 'crashed'
  | 'stopped'
  | 'killed'
  | 'killed-from-outside'
  | 'health-check'
  | 'timeout'
  | 'monitor-lost'
  | 'machine-lost'
  | 'unknown';

/** One end in the history of a container, newest first in WharfWhy. */
export interface WharfEnd {
  Cause: WharfCause;
  Summary: string;
  /** RFC 3339. */
  StartedAt: string;
  FinishedAt: string;
  ExitCode: number;
  /** By name; empty when no signal ended it. */
  Signal: string;
  OOMKills: number;
  /** The restart policy started it again. */
  Restarted: boolean;
}

/** Answer of GET /containers/{id}/wharf-why: why a container is in the state that it is in. */
export interface WharfWhy {
  Id: string;
  /** Without the leading slash. */
  Name: string;
  /** As State.Status of inspect. */
  Status: string;
  Cause: WharfCause;
  /** One sentence. */
  Summary: string;
  /** What is known beyond that, a sentence each. */
  Facts: string[];
  /** What to do next, a sentence each. */
  Advice: string[];
  /** The last lines that the container printed. */
  LastOutput: string[];
  /** The last ends, newest first. */
  Ends: WharfEnd[];
}
