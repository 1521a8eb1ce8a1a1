// Made by tools/generate-ops.ts from cell/ops.def. Do not edit.

/** How a field travels: 64-bit number, string, bytes, list of strings. */
export type FieldType = 'u' | 's' | 'b' | 'l';

/** All operations; the position is the number on the wire. */
export const OPERATIONS: readonly {
  readonly name: Op['op'];
  readonly fields: readonly (readonly [string, FieldType])[];
}[] = [
  { name: 'WRITE_FILE', fields: [['path', 's'], ['flags', 'u'], ['mode', 'u'], ['data', 'b']] },
  { name: 'MKDIR', fields: [['path', 's'], ['mode', 'u']] },
  { name: 'RMDIR', fields: [['path', 's']] },
  { name: 'WRITE_PID', fields: [['path', 's']] },
  { name: 'WRITE_CHILD_PROC', fields: [['name', 's'], ['data', 'b']] },
  { name: 'CLONE', fields: [['flags', 'u'], ['cgroup', 's']] },
  { name: 'SETNS', fields: [['path', 's'], ['type', 'u']] },
  { name: 'UNSHARE', fields: [['flags', 'u']] },
  { name: 'MOUNT', fields: [['source', 's'], ['target', 's'], ['fstype', 's'], ['flags', 'u'], ['data', 's']] },
  { name: 'UNMOUNT', fields: [['target', 's'], ['flags', 'u']] },
  { name: 'CHDIR', fields: [['path', 's']] },
  { name: 'ROOT', fields: [['path', 's']] },
  { name: 'MKDIR_IN', fields: [['path', 's'], ['mode', 'u'], ['uid', 'u'], ['gid', 'u']] },
  { name: 'FSMOUNT', fields: [['fstype', 's'], ['options', 'l'], ['attributes', 'u'], ['flags', 'u'], ['target', 's']] },
  { name: 'BIND', fields: [['source', 's'], ['target', 's'], ['flags', 'u'], ['set', 'u'], ['clear', 'u'], ['propagation', 'u'], ['kind', 'u']] },
  { name: 'SET_ATTR', fields: [['target', 's'], ['flags', 'u'], ['set', 'u'], ['clear', 'u'], ['propagation', 'u']] },
  { name: 'MASK', fields: [['path', 's']] },
  { name: 'READONLY', fields: [['path', 's']] },
  { name: 'MKNOD', fields: [['path', 's'], ['mode', 'u'], ['major', 'u'], ['minor', 'u'], ['uid', 'u'], ['gid', 'u']] },
  { name: 'SYMLINK', fields: [['value', 's'], ['path', 's']] },
  { name: 'SETXATTR', fields: [['path', 's'], ['name', 's'], ['value', 'b']] },
  { name: 'PIVOT', fields: [] },
  { name: 'HOSTNAME', fields: [['name', 's']] },
  { name: 'DOMAINNAME', fields: [['name', 's']] },
  { name: 'RLIMIT', fields: [['resource', 'u'], ['soft', 'u'], ['hard', 'u']] },
  { name: 'SESSION', fields: [] },
  { name: 'KEYRING', fields: [['name', 's']] },
  { name: 'STDIO', fields: [['mode', 'u'], ['rows', 'u'], ['columns', 'u']] },
  { name: 'BOUNDING', fields: [['mask', 'u']] },
  { name: 'USER', fields: [['uid', 'u'], ['gid', 'u'], ['groups', 'b']] },
  { name: 'CAPABILITIES', fields: [['effective', 'u'], ['permitted', 'u'], ['inheritable', 'u'], ['ambient', 'u']] },
  { name: 'NO_NEW_PRIVILEGES', fields: [] },
  { name: 'SECCOMP', fields: [['flags', 'u'], ['filter', 'b']] },
  { name: 'UMASK', fields: [['mask', 'u']] },
  { name: 'WORKDIR', fields: [['path', 's']] },
  { name: 'INIT', fields: [] },
  { name: 'EXEC', fields: [['file', 's'], ['arguments', 'l'], ['environment', 'l']] },
  { name: 'NETLINK', fields: [['protocol', 'u'], ['messages', 'b'], ['pidOffset', 'u'], ['flags', 'u']] },
  { name: 'CGROUP_DEVICE', fields: [['path', 's'], ['program', 'b']] },
  { name: 'LISTEN', fields: [['directory', 's']] },
  { name: 'LOG', fields: [['path', 's'], ['attributes', 's'], ['maxSize', 'u'], ['maxFiles', 'u']] },
  { name: 'OOM', fields: [['path', 's'], ['key', 's']] },
  { name: 'STDIN', fields: [['mode', 'u']] },
  { name: 'RUN', fields: [] },
  { name: 'SEAL', fields: [] },
  { name: 'LINK_LOCAL_UP', fields: [] },
  { name: 'GATE', fields: [['path', 's']] },
  { name: 'CONSOLE', fields: [['path', 's']] },
  { name: 'GIVE', fields: [] },
  { name: 'ASIDE', fields: [['on', 'u']] },
  { name: 'FILE_USER', fields: [['uid', 'u'], ['gid', 'u']] },
  { name: 'JOIN', fields: [['paths', 'l']] },
  { name: 'DATAGRAM', fields: [['path', 's'], ['data', 'b']] },
  { name: 'SPAWN', fields: [['directory', 's']] },
];

/** One operation of a cell program. */
export type Op =
  /** open(2) the file with these O_ flags and write the data in one write(2) */
  | { readonly op: 'WRITE_FILE'; readonly path: string; readonly flags: number | bigint; readonly mode: number | bigint; readonly data: Uint8Array }
  /** mkdir(2) */
  | { readonly op: 'MKDIR'; readonly path: string; readonly mode: number | bigint }
  /** rmdir(2) */
  | { readonly op: 'RMDIR'; readonly path: string }
  /** write the decimal process id of the child into the file (cgroup.procs, tasks) */
  | { readonly op: 'WRITE_PID'; readonly path: string }
  /** write the data into /proc/<child>/<name> (uid_map, gid_map, setgroups) */
  | { readonly op: 'WRITE_CHILD_PROC'; readonly name: string; readonly data: Uint8Array }
  /** make the child in these new namespaces (CLONE_NEW*); straight into the v2 cgroup directory if one is named */
  | { readonly op: 'CLONE'; readonly flags: number | bigint; readonly cgroup: string }
  /** join the namespace that the file names (a pid namespace takes effect for the child made next) */
  | { readonly op: 'SETNS'; readonly path: string; readonly type: number | bigint }
  /** unshare(2) */
  | { readonly op: 'UNSHARE'; readonly flags: number | bigint }
  /** classic mount(2) on a host path; empty strings are passed as NULL */
  | { readonly op: 'MOUNT'; readonly source: string; readonly target: string; readonly fstype: string; readonly flags: number | bigint; readonly data: string }
  /** umount2(2) */
  | { readonly op: 'UNMOUNT'; readonly target: string; readonly flags: number | bigint }
  /** chdir(2) */
  | { readonly op: 'CHDIR'; readonly path: string }
  /** open the directory that later operations call the root; without a path: the mount that was given, moved onto the working directory; what was the root is then the mount given */
  | { readonly op: 'ROOT'; readonly path: string }
  /** make the directory in the root, with missing parents */
  | { readonly op: 'MKDIR_IN'; readonly path: string; readonly mode: number | bigint; readonly uid: number | bigint; readonly gid: number | bigint }
  /** fsopen, fsconfig for each option (key=value or key), fsmount with MOUNT_ATTR_*, move to the target: in the root if one is set (flag 1: target is a host path; flag 2: stay detached and become the root) */
  | { readonly op: 'FSMOUNT'; readonly fstype: string; readonly options: readonly string[]; readonly attributes: number | bigint; readonly flags: number | bigint; readonly target: string }
  /** open_tree clone of the host path (flag 1: recursive; flag 2: source is in the root; flag 4: attributes recursively; flag 8: do not follow a final link) or, without a source, the mount that was given, mount_setattr (flag 16: and map its ids as the child's user namespace does; flag 32: stay detached and become the root), move to the target in the root; a missing target is made (kind 1: directory, 2: file, 0: as the source) */
  | { readonly op: 'BIND'; readonly source: string; readonly target: string; readonly flags: number | bigint; readonly set: number | bigint; readonly clear: number | bigint; readonly propagation: number | bigint; readonly kind: number | bigint }
  /** mount_setattr of the mount at the target in the root (flag 1: recursive) */
  | { readonly op: 'SET_ATTR'; readonly target: string; readonly flags: number | bigint; readonly set: number | bigint; readonly clear: number | bigint; readonly propagation: number | bigint }
  /** hide the path in the root: /dev/null over a file, an empty read-only tmpfs over a directory; nothing if it is missing */
  | { readonly op: 'MASK'; readonly path: string }
  /** bind the path in the root on itself read-only; nothing if it is missing */
  | { readonly op: 'READONLY'; readonly path: string }
  /** mknod(2) in the root, then owner and exact mode */
  | { readonly op: 'MKNOD'; readonly path: string; readonly mode: number | bigint; readonly major: number | bigint; readonly minor: number | bigint; readonly uid: number | bigint; readonly gid: number | bigint }
  /** symlink(2) in the root */
  | { readonly op: 'SYMLINK'; readonly value: string; readonly path: string }
  /** set the extended attribute of the path in the root, not following a final link */
  | { readonly op: 'SETXATTR'; readonly path: string; readonly name: string; readonly value: Uint8Array }
  /** make the root the root of the mount namespace and detach the old one */
  | { readonly op: 'PIVOT' }
  /** sethostname(2) */
  | { readonly op: 'HOSTNAME'; readonly name: string }
  /** setdomainname(2) */
  | { readonly op: 'DOMAINNAME'; readonly name: string }
  /** prlimit(2) of the child; clamped to what this process may ask for */
  | { readonly op: 'RLIMIT'; readonly resource: number | bigint; readonly soft: number | bigint; readonly hard: number | bigint }
  /** setsid(2) */
  | { readonly op: 'SESSION' }
  /** join a new session keyring, so that the host's keys are not reachable */
  | { readonly op: 'KEYRING'; readonly name: string }
  /** standard streams of the child: 0 /dev/null, 1 pipes, 2 pipes with stdin, 3 a pseudo-terminal of the child's own devpts, bound on /dev/console, 4 the same without touching /dev/console; the other ends go to the monitor */
  | { readonly op: 'STDIO'; readonly mode: number | bigint; readonly rows: number | bigint; readonly columns: number | bigint }
  /** drop every capability that is not in the mask from the bounding set */
  | { readonly op: 'BOUNDING'; readonly mask: number | bigint }
  /** setgroups (32-bit numbers), setresgid, setresuid, keeping capabilities */
  | { readonly op: 'USER'; readonly uid: number | bigint; readonly gid: number | bigint; readonly groups: Uint8Array }
  /** capset(2) and the ambient set */
  | { readonly op: 'CAPABILITIES'; readonly effective: number | bigint; readonly permitted: number | bigint; readonly inheritable: number | bigint; readonly ambient: number | bigint }
  /** prctl(PR_SET_NO_NEW_PRIVS) */
  | { readonly op: 'NO_NEW_PRIVILEGES' }
  /** seccomp(SECCOMP_SET_MODE_FILTER) with these BPF instructions */
  | { readonly op: 'SECCOMP'; readonly flags: number | bigint; readonly filter: Uint8Array }
  /** umask(2) */
  | { readonly op: 'UMASK'; readonly mask: number | bigint }
  /** chdir(2) inside the container; refused if the result is outside the root (CVE-2024-21626) */
  | { readonly op: 'WORKDIR'; readonly path: string }
  /** fork: the new process goes on, this one stays as process 1, passes signals on and reaps */
  | { readonly op: 'INIT' }
  /** execve(2), looking in PATH of the given environment when the name has no slash */
  | { readonly op: 'EXEC'; readonly file: string; readonly arguments: readonly string[]; readonly environment: readonly string[] }
  /** send the netlink messages and read every answer up to the last acknowledgement; the child's process id is written at pidOffset first if that is not 0 (flag 1: send the answers back) */
  | { readonly op: 'NETLINK'; readonly protocol: number | bigint; readonly messages: Uint8Array; readonly pidOffset: number | bigint; readonly flags: number | bigint }
  /** load the eBPF program and attach it to the v2 cgroup directory as its device rule */
  | { readonly op: 'CGROUP_DEVICE'; readonly path: string; readonly program: Uint8Array }
  /** make the directory's socket and exit record the monitor's */
  | { readonly op: 'LISTEN'; readonly directory: string }
  /** append what the container prints to this file in Docker's json-file format, each entry with the attributes (JSON members after a comma, or nothing); rotate at maxSize bytes (0: never) */
  | { readonly op: 'LOG'; readonly path: string; readonly attributes: string; readonly maxSize: number | bigint; readonly maxFiles: number | bigint }
  /** at exit read the number behind the key in this file and put it into the exit record */
  | { readonly op: 'OOM'; readonly path: string; readonly key: string }
  /** 0: keep the container's stdin open; 1: close it when the first attached client has ended its input */
  | { readonly op: 'STDIN'; readonly mode: number | bigint }
  /** from here on be the monitor of the child */
  | { readonly op: 'RUN' }
  /** copy this program into a sealed memory file and tell its descriptor number; cells are started from it */
  | { readonly op: 'SEAL' }
  /** bring the loopback interface of the own network namespace up */
  | { readonly op: 'LINK_LOCAL_UP' }
  /** open this named pipe; EXEC then leaves the cell and executes once somebody has written a byte into it */
  | { readonly op: 'GATE'; readonly path: string }
  /** connect to this socket: the terminal that STDIO makes is sent there, not to the monitor */
  | { readonly op: 'CONSOLE'; readonly path: string }
  /** hand the root, a detached mount, to the child for its next ROOT without a path or BIND without a source */
  | { readonly op: 'GIVE' }
  /** 1: go into a private copy of the mount namespace; 0: back, and all that was mounted there is gone */
  | { readonly op: 'ASIDE'; readonly on: number | bigint }
  /** setfsuid, setfsgid, keeping capabilities: who owns what an overlay mounted now makes */
  | { readonly op: 'FILE_USER'; readonly uid: number | bigint; readonly gid: number | bigint }
  /** open all these namespace files, then join them in this order */
  | { readonly op: 'JOIN'; readonly paths: readonly string[] }
  /** send the data as one datagram to the unix socket on the host; fails with EAGAIN rather than wait for its receiver */
  | { readonly op: 'DATAGRAM'; readonly path: string; readonly data: Uint8Array }
  /** start another cell from the sealed copy; its control connection is the first one to the socket `control` that is made in the directory; answers its process id, big-endian */
  | { readonly op: 'SPAWN'; readonly directory: string };

