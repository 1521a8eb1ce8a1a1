import { fail } from '../errors.ts';

/** The span of API versions that a server accepts; `max` also serves un-versioned paths. */
export interface VersionRange {
  readonly min: string;
  readonly max: string;
}

/** Compares dotted versions number by number; missing and unreadable parts count as 0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (Number(left[at]) || 0) - (Number(right[at]) || 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** True when `version` is older than `than`. */
export function isBefore(version: string, than: string): boolean {
  return compareVersions(version, than) < 0;
}

/** The version to serve a request with. Throws UNSUPPORTED_API_VERSION in Docker's wording. */
export function negotiate(requested: string | undefined, range: VersionRange): string {
  if (requested === undefined) return range.max;
  if (isBefore(requested, range.min)) {
    throw fail(
      'UNSUPPORTED_API_VERSION',
      `client version ${requested} is too old. Minimum supported API version is ${range.min}, please upgrade your client to a newer version`,
    );
  }
  if (isBefore(range.max, requested)) {
    throw fail(
      'UNSUPPORTED_API_VERSION',
      `client version ${requested} is too new. Maximum supported API version is ${range.max}`,
    );
  }
  return requested;
}
