import type { Filters } from '@wharf/spec';
import type { PruneOptions } from './container.ts';
import type { RequestContext } from './context.ts';

/** What the Network routes need from the engine. */
export interface NetworkBackend {
  /** In the form of the API. Throws `invalid` for an unknown filter. */
  list(filters: Filters, context: RequestContext): Promise<readonly object[]>;
  /** By name, ID or beginning of an ID. Throws `not_found` ("network x not found"). */
  inspect(name: string, context: RequestContext): Promise<object>;
  /** Removes networks that no container uses; null stands for none. Throws `invalid` for an unknown filter. */
  prune(
    filters: Filters,
    options: PruneOptions,
    context: RequestContext,
  ): Promise<{ readonly NetworksDeleted: readonly string[] | null }>;
}
