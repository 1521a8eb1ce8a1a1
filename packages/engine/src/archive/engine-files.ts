/** What starting a container makes in its writable layer: places to mount on, no change of the container's own. */
const FILES = new Set([...['.dockerenv', 'dev/console', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf', 'etc/mtab']]);
const PLACES = new Set(['dev', 'dev/pts', 'dev/shm', 'dev/mqueue', 'proc', 'sys']);

/**
 * Whether a file of a writable layer is there only because the container was started, so that it does not belong to an
 * image made of it. `names`: what a directory has in it. `hasBelow` tells whether the image has the path.
 */
export function isOfTheEngine(
  path: string,
  names: readonly string[] | undefined,
  hasBelow: (path: string) => boolean,
): boolean {
  if (names === undefined) return FILES.has(path);
  if (!PLACES.has(path) && !(path === 'etc' && hasBelow(path))) return false;
  // Only itself, and what is of the engine's in it.
  return names.every((name) => FILES.has(`${path}/${name}`) || PLACES.has(`${path}/${name}`));
}
