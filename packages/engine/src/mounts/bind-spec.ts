import { posix } from 'node:path';
import { refuse } from '../containers/refuse.ts';

/** A `-v` value that the client sent as a bind: `source:destination[:mode]`, or a destination alone. */
export interface BindSpec {
  readonly text: string;
  /** Absolute path: a bind. Anything else: a volume of that name; empty for one without a name. */
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
  readonly options: readonly string[];
}

const MODE_GROUPS: readonly (readonly string[])[] = [
  ['ro', 'rw'],
  ['z', 'Z'],
  ['shared', 'slave', 'private', 'rshared', 'rslave', 'rprivate'],
  ['consistent', 'cached', 'delegated'],
  ['nocopy'],
];

/** An option of a mount that says how mounts below it travel. */
export function isPropagation(option: string): boolean {
  return /^r?(shared|slave|private)$/.test(option);
}

/** One option of a kind, and none that is unknown. Throws BAD_CONFIG in Docker's words. */
export function checkMode(mode: string): void {
  const options = mode.split(',');
  const once = MODE_GROUPS.every((group) => options.filter((option) => group.includes(option)).length <= 1);
  if (once && options.every((option) => MODE_GROUPS.some((group) => group.includes(option)))) return;
  refuse(`invalid mode: ${mode}`);
}

/** An absolute path without `.`, `..`, doubled or trailing slashes; anything else as it is. */
export function cleanPath(path: string): string {
  if (!path.startsWith('/')) return path;
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}

/** What is wrong with a place to mount on, in Docker's words; undefined when nothing is. */
export function destinationFault(destination: string): string | undefined {
  if (!destination.startsWith('/')) return `invalid mount path: '${destination}' mount path must be absolute`;
  return cleanPath(destination) === '/' ? `invalid specification: destination can't be '/'` : undefined;
}

/** Reads and checks one bind. Throws BAD_CONFIG in Docker's words. */
export function parseBindSpec(text: string): BindSpec {
  const parts = text.split(':');
  const wrong = (why = ''): never => refuse(`invalid volume specification: '${text}'${why}`);
  // An empty mode is as good as none.
  if (parts.length > 3 || parts[0] === '' || parts[1] === '') wrong();
  const [first = '', second, mode = ''] = parts;
  const [source, destination] = second === undefined ? ['', first] : [first, second];
  if (mode !== '') checkMode(mode);
  const options = mode.split(',').filter(Boolean);
  const type = source.startsWith('/') ? 'bind' : 'volume';
  const fault = destinationFault(destination);
  if (fault) wrong(`: invalid mount config for type "${type}": ${fault}`);
  const foreign = type === 'bind' ? options.includes('nocopy') && 'Volume' : options.some(isPropagation) && 'Bind';
  if (foreign) wrong(`: invalid mount config for type "${type}": field ${foreign}Options must not be specified`);
  return {
    text,
    source: cleanPath(source),
    destination: cleanPath(destination),
    mode,
    options,
  };
}
