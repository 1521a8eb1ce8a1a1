/** What to do with a container that has become unhealthy. */
export type HealthOnFailure = 'none' | 'kill' | 'restart' | 'stop';

/**
 * Member `Wharf` of the body of POST /containers/create and of the answer of GET /containers/{id}/json: what Docker does
 * not have. Every member is optional; one that is not known is refused, as to drop it silently would run something else.
 */
export interface WharfConfig {
  /** `uid:gid` of who runs the client: whose IDs HostConfig.UsernsMode `keep-id` keeps. */
  Caller?: string;
  /** `none` when absent. */
  HealthOnFailure?: HealthOnFailure;
  /** Longest time that one run of the container may take, in nanoseconds; 0 or absent for any. */
  Timeout?: number;
}
