import type { IdMaps } from '@wharf/runtime';
import { fail } from '../errors.ts';
import { mapInOrder } from './id-ranges.ts';
import type { Subordinates } from './subordinates.ts';

/** The user that `default` means; made when it is missing, as Docker does. */
export const DEFAULT_USER = 'dockremap';

/** Makes a system user with subordinate ranges of its own. */
export type MakeRemapUser = (name: string) => void;

/**
 * What `--userns-remap default|USER[:GROUP]|UID[:GID]` comes to: IDs of all containers that do not say otherwise.
 * Undefined for root, which cannot be remapped to itself. Throws BAD_USERNS in Docker's words.
 */
export function resolveRemap(spec: string, host: Subordinates, makeUser: MakeRemapUser): IdMaps | undefined {
  const parts = spec.split(':');
  if (spec === '' || parts.length > 2 || parts.includes('')) {
    throw fail('BAD_USERNS', `Invalid user/group specification in --userns-remap: "${spec}"`);
  }
  const isDefault = spec === 'default';
  const [userKey = '', groupKey] = isDefault ? [DEFAULT_USER] : parts;
  const has = () => host.uids([DEFAULT_USER]).length > 0 && host.gids([DEFAULT_USER]).length > 0;
  if (isDefault && !(host.user(DEFAULT_USER) && has())) makeUser(DEFAULT_USER);
  const users = names('user', userKey, host);
  // Without a group the user's name is the group's too.
  const groups = groupKey === undefined ? users : names('group', groupKey, host);
  if (users.includes('root')) return undefined;
  const [uid, gid] = [host.uids(users), host.gids(groups)];
  for (const [ranges, owner, file] of [
    [uid, users[0], 'subuid'],
    [gid, groups[0], 'subgid'],
  ] as const) {
    if (ranges.length > 0) continue;
    throw fail('BAD_USERNS', `Can't create ID mappings: No ${file} ranges found for user "${owner}" in /etc/${file}`);
  }
  return { uid: mapInOrder(uid), gid: mapInOrder(gid) };
}

/** Under which names the account may stand in subuid(5); a number needs no account there. */
function names(kind: 'user' | 'group', key: string, host: Subordinates): string[] {
  const account = kind === 'user' ? host.user(key) : host.group(key);
  if (account) return [account.name, String(account.id)];
  if (/^\d+$/.test(key)) return [key];
  const short = kind === 'user' ? 'uid' : 'gid';
  throw fail(
    'BAD_USERNS',
    `Error during ${short} lookup for "${key}": no matching entries in ${kind === 'user' ? 'passwd' : 'group'} file`,
  );
}
