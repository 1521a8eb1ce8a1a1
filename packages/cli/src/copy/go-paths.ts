import { posix } from 'node:path';

/** Path functions as Docker's copy rules have them: a slash or "." at the end of a path says something. */

/** The last element, as Go's filepath.Base. */
export function baseOf(path: string): string {
  if (path === '') return '.';
  const bare = path.replace(/\/+$/, '');
  return bare === '' ? '/' : bare.slice(bare.lastIndexOf('/') + 1);
}

/** The shortest path that means the same, as Go's filepath.Clean: without a slash at the end. */
export function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/+$/, '') : normal;
}

export function endsInSlash(path: string): boolean {
  return path.endsWith('/');
}

/** Whether the content of a directory is meant, not itself: its last element is ".". */
export function meansContent(path: string): boolean {
  return baseOf(path) === '.';
}

/** Whether the path can only be that of a directory. */
export function assertsDirectory(path: string): boolean {
  return endsInSlash(path) || meansContent(path);
}

/** Gives a cleaned path the "." and slash back that the original ends in. */
export function keepEnding(cleaned: string, original: string): string {
  let path = cleaned;
  if (!meansContent(path) && meansContent(original)) path = endsInSlash(path) ? `${path}.` : `${path}/.`;
  if (!endsInSlash(path) && endsInSlash(original)) path += '/';
  return path;
}

/** Directory (with its slash) and entry in it; the entry of a directory's content is ".". */
export function splitEntry(path: string): { readonly dir: string; readonly base: string } {
  const cleaned = meansContent(path) ? `${clean(path)}/.` : clean(path);
  const slash = cleaned.lastIndexOf('/') + 1;
  return { dir: cleaned.slice(0, slash), base: cleaned.slice(slash) };
}

/** An absolute path with the ending that was given. */
export function absolute(path: string, cwd: string): string {
  return keepEnding(clean(posix.resolve(cwd, path)), path);
}

/** Splits `CONTAINER:PATH`; a path that is absolute or begins with "." is a local one. */
export function splitArgument(argument: string): { readonly container: string; readonly path: string } {
  const colon = argument.indexOf(':');
  const isLocal = argument.startsWith('/') || colon < 0 || argument.startsWith('.');
  return isLocal
    ? { container: '', path: argument }
    : { container: argument.slice(0, colon), path: argument.slice(colon + 1) };
}

/** What a followed link changes: the path with the ending of the one asked for, and the name that the archive should have. */
export function rebase(path: string, resolved: string): { readonly path: string; readonly name: string } {
  let target = resolved;
  if (meansContent(path) && !meansContent(target)) target += '/.';
  if (endsInSlash(path) && !endsInSlash(target)) target += '/';
  return { path: target, name: baseOf(path) === baseOf(target) ? '' : baseOf(path) };
}
