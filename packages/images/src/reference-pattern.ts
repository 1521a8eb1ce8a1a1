import { matchesGlob } from 'node:path';

/** Bounds the work of a pattern. */
const MAX_PATTERN = 256;

/** Docker's `reference` filter: a shell pattern that meets the whole familiar name, or the name without its tag. */
export function matchesReference(pattern: string, full: string, name: string): boolean {
  if (pattern.length > MAX_PATTERN) return false;
  // Go's path.Match knows neither "**" nor braces.
  const plain = pattern.replaceAll(/\*\*+/g, '*').replaceAll(/[{}!+@()]/g, '\\$&');
  return matchesGlob(full, plain) || matchesGlob(name, plain);
}
