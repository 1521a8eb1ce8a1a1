import type { ContainerSummary, EventMessage, Filters, ImageSummary, SystemInfo, SystemVersion } from '@wharf/spec';
import type { RequestContext } from './context.ts';
import type { RegistryCredentials } from './image.ts';

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

/** The kinds of objects that disk space is told of. */
export type DiskUsageType = 'container' | 'image' | 'volume' | 'build-cache';

/** A volume in the form of the API. */
export interface VolumeUsage {
  readonly Name: string;
  /** Bytes, -1 for unknown; and how many containers have it. */
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

/** What takes how much of the disk; only the kinds that were asked for. */
export interface DiskUsage {
  /** With SizeRw and SizeRootFs. */
  readonly containers?: readonly ContainerSummary[];
  /** With SharedSize; `layersSize` counts each layer once, in bytes. */
  readonly images?: { readonly items: readonly ImageSummary[]; readonly layersSize: number };
  /** With UsageData. */
  readonly volumes?: readonly VolumeUsage[];
  readonly buildCache?: readonly { readonly Size?: number; readonly InUse?: boolean }[];
}

/** What the System routes need from the engine. */
export interface SystemBackend {
  /** Must not fail: health checks depend on it. */
  ping(): PingFacts;
  info(context: RequestContext): Promise<SystemInfo>;
  version(context: RequestContext): Promise<SystemVersion>;
  /**
   * Proves a login to the registry at this address (a host, a URL, or empty for Docker Hub). Throws `unauthorized` in the
   * registry's words.
   */
  login(
    registry: string,
    credentials: Pick<RegistryCredentials, 'username' | 'password' | 'identityToken'>,
    context: RequestContext,
  ): Promise<{ readonly identityToken?: string }>;
  diskUsage(types: ReadonlySet<DiskUsageType>, context: RequestContext): Promise<DiskUsage>;
  /**
   * Stored events from `since` on, then live ones until `until` or until `context.signal` aborts; either way the
   * iterable ends normally. The subscription must exist when the promise resolves. Throws `invalid` for an unknown
   * filter.
   */
  events(options: EventsOptions, context: RequestContext): Promise<AsyncIterable<EventMessage>>;
}
