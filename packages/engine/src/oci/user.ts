import { fail } from '../errors.ts';

/** The process's identity inside the container. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** Home directory of the passwd entry, `/` without one. */
  readonly home: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const MAX_ID = 2 ** 31 - 1;

function rows(text: string, least: number): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter((fields) => fields.length >= least && fields[0] !== '' && !fields[0]?.startsWith('#'));
}

function parsePasswd(text: string): PasswdEntry[] {
  return rows(text, 4).map(([name = '', , uid, gid, , home]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home: home || '/',
  }));
}

function parseGroup(text: string): GroupEntry[] {
  return rows(text, 3).map(([name = '', , gid, members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter(Boolean),
  }));
}

function numeric(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  if (value > MAX_ID) throw fail('NO_SUCH_USER', `uids and gids must be in range 0-${MAX_ID}`);
  return value;
}

function findGroup(name: string, groups: readonly GroupEntry[]): number {
  const entry = groups.find((group) => group.name === name);
  if (entry) return entry.gid;
  const id = numeric(name);
  if (id !== undefined) return id;
  throw fail('NO_SUCH_USER', `unable to find group ${name}: no matching entries in group file`);
}

/**
 * Resolves `user[:group]` of a container (names or numbers) with the image's own passwd and group files, and
 * `--group-add`. As Docker: a number needs no entry, then its group is 0; supplementary groups come from the group file
 * unless the group was given; the primary group is always one of them. Throws NO_SUCH_USER.
 */
export function resolveUser(
  spec: string,
  groupAdd: readonly string[],
  files: { readonly passwd: string; readonly group: string },
): ResolvedUser {
  const [userPart = '', groupPart] = spec.split(':', 2);
  const users = parsePasswd(files.passwd);
  const groups = parseGroup(files.group);
  const wanted = userPart === '' ? '0' : userPart;
  const id = numeric(wanted);
  const entry = users.find((user) => user.name === wanted) ?? users.find((user) => user.uid === id);
  if (!entry && id === undefined) {
    throw fail('NO_SUCH_USER', `unable to find user ${userPart}: no matching entries in passwd file`);
  }
  const given = groupPart === undefined || groupPart === '' ? undefined : findGroup(groupPart, groups);
  const member = given === undefined && entry ? groups.filter(({ members }) => members.includes(entry.name)) : [];
  const extra = groupAdd.map((name) => findGroup(name, groups));
  const gid = given ?? entry?.gid ?? 0;
  return {
    uid: entry?.uid ?? id ?? 0,
    gid,
    // With the primary group among them, a set-group-id program cannot shed it to get past a file that denies the group.
    additionalGids: [...new Set([gid, ...member.map((group) => group.gid), ...extra])],
    home: entry?.home ?? '/',
  };
}
