import type { WharfWhy } from '@wharf/spec';
import type { RequestContext } from './context.ts';

/** What the route of `wharf why` needs from the engine. */
export interface WhyBackend {
  /** With the last `tail` lines of the container's output. Throws `not_found`, and `invalid` for an ambiguous beginning. */
  why(id: string, options: { readonly tail: number }, context: RequestContext): Promise<WharfWhy>;
}
