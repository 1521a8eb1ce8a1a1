/** What a program has to know of the user namespace that its container is in. */
export interface UserView {
  /** Who the container's root is on the host. */
  readonly rootUid: number;
  readonly rootGid: number;
  /** It is another container's. The pid namespace, made before it was joined, is not its: the child brings a /proc. */
  readonly joined: boolean;
}
