import type { Digest } from '@wharf/spec';
import { fail } from './errors.ts';
import { type ImageName, shortId } from './store/image-table.ts';
import type { ImageUse } from './types.ts';

/** What is known about an image that somebody wants to remove. */
export interface RemovalFacts {
  readonly id: Digest;
  /** As the user wrote it. */
  readonly asked: string;
  /** The name that was asked for, when it was a name and not an ID. */
  readonly name?: ImageName;
  readonly names: readonly ImageName[];
  readonly uses: readonly ImageUse[];
  readonly force: boolean;
}

/** What to do: take these names away, and then perhaps the image itself. */
export interface RemovalPlan {
  readonly untag: readonly ImageName[];
  readonly removeImage: boolean;
}

/**
 * Docker's rules of `rmi` (moby, daemon/images/image_delete.go). Throws IMAGE_IN_USE in its words. Pure.
 */
export function planRemoval(facts: RemovalFacts): RemovalPlan {
  return facts.name ? planByName(facts, facts.name) : planById(facts);
}

function planByName(facts: RemovalFacts, name: ImageName): RemovalPlan {
  const { id, asked, names, uses, force } = facts;
  const user = uses[0];
  if (!force && user && isSingle(names)) {
    const who = `container ${shortId(user.container)} is using its referenced image ${shortId(id)}`;
    throw conflict(`conflict: unable to remove repository reference "${asked}" (must force) - ${who}`);
  }
  const untag = [name];
  let left = names.filter((each) => !same(each, name));
  // The last tag of a repository takes the repository's digests with it: nothing else would ever remove them.
  if (name.digest === undefined && !left.some((each) => each.tag !== undefined && each.name === name.name)) {
    untag.push(...left.filter((each) => each.name === name.name));
    left = left.filter((each) => each.name !== name.name);
  }
  if (left.length > 0) return { untag, removeImage: false };
  // The name is gone in any case; an image that containers need stays, without a name.
  const needed = uses.some((use) => use.running) || (!force && uses.length > 0);
  return { untag, removeImage: !needed };
}

function planById({ id, names, uses, force }: RemovalFacts): RemovalPlan {
  const running = uses.find((use) => use.running);
  if (running) throw refusal(id, true, `image is being used by running container ${shortId(running.container)}`);
  if (!force && !isSingle(names) && names.length > 1) {
    throw refusal(id, false, 'image is referenced in multiple repositories');
  }
  const stopped = uses[0];
  if (!force && stopped) {
    throw refusal(id, false, `image is being used by stopped container ${shortId(stopped.container)}`);
  }
  return { untag: names, removeImage: true };
}

/** At most one tag, and every digest from the same repository: the names go together. */
function isSingle(names: readonly ImageName[]): boolean {
  const tags = names.filter((each) => each.tag !== undefined);
  const one = tags[0] ?? names[0];
  return tags.length <= 1 && names.every((each) => each.name === one?.name);
}

function same(a: ImageName, b: ImageName): boolean {
  return a.name === b.name && a.tag === b.tag && a.digest === b.digest;
}

function refusal(id: Digest, hard: boolean, why: string): Error {
  return conflict(
    `conflict: unable to delete ${shortId(id)} (${hard ? 'cannot be forced' : 'must be forced'}) - ${why}`,
  );
}

function conflict(message: string): Error {
  return fail('IMAGE_IN_USE', message);
}
