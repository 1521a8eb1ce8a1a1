import { matchesGlob } from 'node:path';

/** Whether one of the image's names fits a `--filter reference=` pattern: a glob over name or name:tag. */
export function imageMatchesReference(
  image: { readonly repoTags: readonly string[]; readonly repoDigests: readonly string[] },
  patterns: readonly string[],
): boolean {
  if (patterns.length === 0) return true;
  const names = [...image.repoTags, ...image.repoDigests].flatMap((name) => [name, name.replace(/(@.*|:[^/:]*)$/, '')]);
  return patterns.some((pattern) => names.some((name) => matchesGlob(name, pattern)));
}
