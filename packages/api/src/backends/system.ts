import type { EventMessage, Filters, SystemInfo, SystemVersion } from '@wharf/spec';
import type { RequestContext } from './context.ts';

/** Facts that travel in the headers of `/_ping`. */
export interface PingFacts {
  /** `2` where builds go through BuildKit, `1` for the classic builder. */
  readonly builderVersion: '1' | '2';
  readonly experimental: boolean;
  /** State of the swarm and, when it is active, this node's part in it; `inactive` for a single engine. */
  readonly swarm: string;
}

/** What GET /events asked for; times in nanoseconds since the epoch. */
export interface EventsOptions {
  readonly since?: bigint;
  /** The stream ends at this time; without it, it goes on until the client leaves. */
  readonly until?: bigint;
  readonly filters: Filters;
}

/** What the System routes need from the engine. */
export interface SystemBackend {
  /** Must not fail: health checks depend on it. */
  ping(): PingFacts;
  info(context: RequestContext): Promise<SystemInfo>;
  version(context: RequestContext): Promise<SystemVersion>;
  /**
   * Stored events from `since` on, then live ones until `until` or until `context.signal` aborts; either way the
   * iterable ends normally. The subscription must exist when the promise resolves. Throws `invalid` for an unknown
   * filter.
   */
  events(options: EventsOptions, context: RequestContext): Promise<AsyncIterable<EventMessage>>;
}
