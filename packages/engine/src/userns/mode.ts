import { refuse } from '../containers/refuse.ts';

/** What `--userns` and HostConfig.UsernsMode can say. */
export type UsernsMode =
  /** As the engine is set: its remapped root, or the host's user namespace. */
  | { readonly kind: 'engine' }
  | { readonly kind: 'host' }
  /** A range of its own; `size` IDs, or as many as the image needs. */
  | { readonly kind: 'auto'; readonly size?: number }
  /** Who asks has the same ID inside, or the given one. */
  | { readonly kind: 'keep-id'; readonly uid?: number; readonly gid?: number };

/** More than any range can hold; no ID of a container is higher. */
const MOST = 2 ** 31 - 1;

const OPTIONS: Readonly<Record<string, readonly string[]>> = { auto: ['size'], 'keep-id': ['uid', 'gid'] };

/** Reads a user namespace mode. Throws BAD_CONFIG. */
export function parseUsernsMode(text: string): UsernsMode {
  if (text === '') return { kind: 'engine' };
  if (text === 'host') return { kind: 'host' };
  const at = text.indexOf(':');
  const kind = at < 0 ? text : text.slice(0, at);
  if (kind !== 'auto' && kind !== 'keep-id') {
    refuse(`invalid USER mode: ${text} (one of host, auto[:size=N], keep-id[:uid=N,gid=N])`);
  }
  const values: Record<string, number> = {};
  for (const part of at < 0 ? [] : text.slice(at + 1).split(',')) {
    const [name = '', value = ''] = part.split('=', 2);
    if (!OPTIONS[kind]?.includes(name)) {
      refuse(`invalid USER mode: ${text}: unknown option "${name}" of ${kind} (one of ${OPTIONS[kind]?.join(', ')})`);
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
