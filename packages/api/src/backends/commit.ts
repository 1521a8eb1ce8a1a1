import type { ContainerConfig } from '@wharf/spec';
import type { RequestContext } from './context.ts';

export interface CommitOptions {
  /** Full ID, beginning of it, or name. */
  readonly container: string;
  /** Empty for an image without a name. */
  readonly repo: string;
  readonly tag: string;
  readonly author: string;
  readonly comment: string;
  /** Freeze a running container meanwhile. */
  readonly pause: boolean;
  /** Instructions as a Dockerfile has them. */
  readonly changes: readonly string[];
  /** In place of the container's own. */
  readonly config?: ContainerConfig;
}

export interface CommitBackend {
  /** Returns the image's ID. Throws `not_found`, `invalid` (a change), `conflict` (the container's state). */
  commit(options: CommitOptions, context: RequestContext): Promise<string>;
}
