import type { IdMaps } from '../sandbox/plan.ts';

/** What a program has to know of the user namespace that its container is in. */
export interface UserView {
  /** Who the container's root is on the host. */
  readonly rootUid: number;
  readonly rootGid: number;
  /** It is another container's. The pid namespace, made before it was joined, is not its: the child brings a /proc. */
  readonly joined: boolean;
}

/** A user namespace that is made to look at files. */
export interface MappedView extends Omit<UserView, 'joined'> {
  readonly idMaps: IdMaps;
}
