import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import { namespaceFiles } from '@wharf/runtime';
import type { OciNamespaceType } from '@wharf/spec';

/** The namespaces of a process, held open. */
export interface HeldNamespaces {
  /** Paths that any process of the host's root can open until `close` is called. */
  readonly namespaces: readonly { readonly type: OciNamespaceType; readonly path: string }[];
  close(): void;
}

/**
 * Opens the namespaces of a container's first process. Undefined when the process is gone: its ID may be another's by
 * now, so it must be found in the container's control group after its namespaces were opened. The user namespace is left
 * out when it is the engine's own, which cannot be joined again (setns(2)).
 */
export function holdNamespaces(pid: number, sandbox: string): HeldNamespaces | undefined {
  const held: { readonly type: OciNamespaceType; readonly path: string; readonly fd: number }[] = [];
  const close = () => {
    for (const { fd } of held.splice(0)) closeSync(fd);
  };
  try {
    const ownUser = readlinkSync('/proc/self/ns/user') === readlinkSync(`/proc/${pid}/ns/user`);
    for (const [type, file] of namespaceFiles(!ownUser)) {
      const fd = openSync(`/proc/${pid}/ns/${file}`, 'r');
      held.push({ type, fd, path: `/proc/${process.pid}/fd/${fd}` });
    }
    if (readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(sandbox)) {
      return { namespaces: held.map(({ type, path }) => ({ type, path })), close };
    }
  } catch (error) {
    close();
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ESRCH') throw error;
    return undefined;
  }
  close();
  return undefined;
}
