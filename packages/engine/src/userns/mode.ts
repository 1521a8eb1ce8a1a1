import type { OciIdMapping } from '@wharf/spec';
import { refuse } from '../containers/refuse.ts';

/** What `--userns` and HostConfig.UsernsMode can say. */
export type UsernsMode =
  /** As the engine is set: its remapped root, or the host's user namespace. */
  | { readonly kind: 'engine' }
  | { readonly kind: 'host' }
  /** A range of its own; `size` IDs, or as many as the image needs; some of the container's IDs may be given ones of the host. */
  | {
      readonly kind: 'auto';
      readonly size?: number;
      readonly uidmapping?: readonly OciIdMapping[];
      readonly gidmapping?: readonly OciIdMapping[];
    }
  /** Who asks has the same ID inside, or the given one. */
  | { readonly kind: 'keep-id'; readonly uid?: number; readonly gid?: number };

/** More than any range can hold; no ID of a container is higher. */
const MOST = 2 ** 31 - 1;

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  auto: ['size', 'uidmapping', 'gidmapping'],
  'keep-id': ['uid', 'gid'],
};
/** Options that may be given more than once: CONTAINER:HOST:SIZE. */
const MAPPINGS = ['uidmapping', 'gidmapping'];
const MOST_MAPPINGS = 32;

/** Reads a user namespace mode. Throws BAD_CONFIG. */
export function parseUsernsMode(text: string): UsernsMode {
  if (text === '') return { kind: 'engine' };
  if (text === 'host') return { kind: 'host' };
  const at = text.indexOf(':');
  const kind = at < 0 ? text : text.slice(0, at);
  if (kind !== 'auto' && kind !== 'keep-id') {
    refuse(`invalid USER mode: ${text} (one of host, auto[:size=N], keep-id[:uid=N,gid=N])`);
  }
  const values: Record<string, number | OciIdMapping[]> = {};
  for (const part of at < 0 ? [] : text.slice(at + 1).split(',')) {
    const [name = '', value = ''] = part.split('=', 2);
    if (!OPTIONS[kind]?.includes(name)) {
      refuse(`invalid USER mode: ${text}: unknown option "${name}" of ${kind} (one of ${OPTIONS[kind]?.join(', ')})`);
    }
    if (MAPPINGS.includes(name)) {
      values[name] = addMapping(text, name, (values[name] as OciIdMapping[] | undefined) ?? [], value);
      continue;
    }
    if (!/^\d{1,10}$/.test(value) || Number(value) > MOST) {
      refuse(`invalid USER mode: ${text}: ${name} wants a number from 0 to ${MOST}`);
    }
    if (values[name] !== undefined) refuse(`invalid USER mode: ${text}: ${name} is given twice`);
    values[name] = Number(value);
  }
  if (values['size'] === 0) refuse(`invalid USER mode: ${text}: a user namespace has at least one ID`);
  return { kind, ...values } as UsernsMode;
}

/** One more fixed part of a map; no two may touch. */
function addMapping(text: string, name: string, known: OciIdMapping[], value: string): OciIdMapping[] {
  const wrong = (why: string) => refuse(`invalid USER mode: ${text}: ${name} ${why}`);
  const numbers = /^(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(value)?.slice(1).map(Number);
  if (!numbers) return wrong('wants CONTAINER_ID:HOST_ID:SIZE');
  const [containerID = 0, hostID = 0, size = 0] = numbers;
  if (size === 0 || containerID + size - 1 > MOST || hostID + size - 1 > MOST) wrong(`is not within 0 to ${MOST}`);
  if (known.length === MOST_MAPPINGS) wrong(`is given more than ${MOST_MAPPINGS} times`);
  const meets = (one: number, length: number, other: number) => one < other + size && other < one + length;
  const clash = known.some(
    (part) => meets(part.containerID, part.size, containerID) || meets(part.hostID, part.size, hostID),
  );
  if (clash) wrong('has parts that overlap');
  return [...known, { containerID, hostID, size }];
}
