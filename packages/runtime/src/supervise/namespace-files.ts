import type { OciNamespaceType } from '@wharf/spec';

const FILES: readonly (readonly [OciNamespaceType, string])[] = [
  ['pid', 'pid'],
  ['mount', 'mnt'],
  ['network', 'net'],
  ['ipc', 'ipc'],
  ['uts', 'uts'],
  ['cgroup', 'cgroup'],
];
const USER: readonly [OciNamespaceType, string] = ['user', 'user'];

/**
 * Names of the files in /proc/PID/ns (namespaces(7)), with what they are. The user namespace is given only when it is
 * another than the caller's, which cannot be joined again (setns(2)).
 */
export function namespaceFiles(user: boolean): readonly (readonly [OciNamespaceType, string])[] {
  return user ? [...FILES, USER] : FILES;
}
