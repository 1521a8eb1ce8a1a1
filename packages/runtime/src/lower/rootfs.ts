import { basename, dirname } from 'node:path';
import { inChild, onHost, type Step } from '@wharf/linux';
import { BIND, FSMOUNT, MOUNT_ATTR, MS } from './flags.ts';
import type { UserView } from './user-view.ts';

/** What the root of the container is made of. */
export type Rootfs =
  | {
      readonly kind: 'overlay';
      /** Absolute paths, topmost first. */
      readonly lower: readonly string[];
      readonly upper: string;
      readonly work: string;
    }
  | { readonly kind: 'directory'; readonly path: string };

/** What the kernel can do, decided once per machine. */
export interface KernelFeatures {
  /** Overlay layers as separate `lowerdir+` options (Linux 6.7); else one short-named string for mount(2). */
  readonly lowerdirPlus: boolean;
}

/** mount(2) takes a page of options; the names are relative to the layers' common directory to stay below it. */
function classicOverlay(lower: readonly string[], upper: string, work: string, target: string): Step[] {
  const base = commonDirectory([...lower, upper, work]);
  const short = (path: string) => path.slice(base.length + 1);
  const data = `lowerdir=${lower.map(short).join(':')},upperdir=${short(upper)},workdir=${short(work)}`;
  return [
    inChild({ op: 'CHDIR', path: base || '/' }),
    inChild({ op: 'MOUNT', source: 'overlay', target, fstype: 'overlay', flags: 0, data }),
    inChild({ op: 'CHDIR', path: '/' }),
  ];
}

function commonDirectory(paths: readonly string[]): string {
  let base = dirname(paths[0] ?? '/');
  while (base !== '/' && !paths.every((path) => path.startsWith(`${base}/`))) base = dirname(base);
  return base === '/' ? '' : base;
}

/** Layers for a container in a user namespace, and what is to be seen of them. */
export interface MappedLayers {
  readonly lower: readonly string[];
  /** Of a writable overlay: both in the same directory. */
  readonly writable?: { readonly upper: string; readonly work: string };
  /** A path in the overlay; `.` for all of it. */
  readonly part: string;
  /** MOUNT_ATTR_* of the mount. */
  readonly attributes: number;
}

/**
 * An overlay for a container in a user namespace, detached, as the cell's root. Its files keep the container's IDs on
 * disk: each directory is mounted with its IDs mapped, and what the overlay makes by itself belongs to the container's
 * root. All that takes the host's root, so the cell does it, in mounts of its own. Relative names keep the options of
 * mount(2) below a page, on every kernel that maps the IDs of overlays (5.19). Without a user nothing is mapped: for
 * kernels before `lowerdir+`.
 */
export function mappedOverlay(
  { lower, writable, part, attributes }: MappedLayers,
  staging: string,
  user: UserView | undefined,
): Step[] {
  const idMap = user ? BIND.MAP_IDS : 0;
  const maker = (uid: number, gid: number) => (user ? [onHost({ op: 'FILE_USER', uid, gid })] : []);
  const bind = (source: string, target: string, set: number) =>
    onHost({ op: 'BIND', source, target, flags: idMap, set, clear: 0, propagation: MS.PRIVATE, kind: 1 });
  const changes = writable ? `,upperdir=own/${basename(writable.upper)},workdir=own/${basename(writable.work)}` : '';
  const data = `lowerdir=${lower.map((_, at) => at).join(':')}${changes}`;
  const options = ['source=scratch', 'mode=711'];
  const result = { target: '', set: attributes, clear: 0, propagation: MS.PRIVATE, kind: 0 };
  return [
    onHost({ op: 'ASIDE', on: 1 }),
    onHost({ op: 'FSMOUNT', fstype: 'tmpfs', options, attributes: 0, flags: FSMOUNT.TARGET_ON_HOST, target: staging }),
    onHost({ op: 'ROOT', path: staging }),
    ...lower.map((path, at) => bind(path, String(at), MOUNT_ATTR.RDONLY)),
    ...(writable ? [bind(dirname(writable.upper), 'own', 0)] : []),
    onHost({ op: 'MKDIR_IN', path: 'merged', mode: 0o755, uid: 0, gid: 0 }),
    onHost({ op: 'CHDIR', path: staging }),
    ...maker(user?.rootUid ?? 0, user?.rootGid ?? 0),
    onHost({ op: 'MOUNT', source: 'overlay', target: 'merged', fstype: 'overlay', flags: 0, data }),
    ...maker(0, 0),
    onHost({ op: 'CHDIR', path: '/' }),
    onHost({ op: 'ROOT', path: `${staging}/merged` }),
    onHost({ op: 'BIND', source: part, flags: BIND.SOURCE_IN_ROOT | BIND.DETACHED, ...result }),
    onHost({ op: 'ASIDE', on: 0 }),
  ];
}

/** The root of a container in a user namespace: a directory is as it is, an overlay's files are mapped. */
export function lowerMappedRootfs(rootfs: Rootfs, staging: string, user: UserView): Step[] {
  const rest = { target: '', set: 0, clear: 0, propagation: MS.PRIVATE, kind: 0 };
  const made =
    rootfs.kind === 'overlay'
      ? mappedOverlay({ lower: rootfs.lower, writable: rootfs, part: '.', attributes: 0 }, staging, user)
      : [onHost({ op: 'BIND', source: rootfs.path, flags: BIND.RECURSIVE | BIND.DETACHED, ...rest })];
  return [...made, onHost({ op: 'GIVE' }), inChild({ op: 'ROOT', path: '' })];
}

/**
 * The steps that mount the root on `staging` (an empty directory that all containers share: each mounts on it in its
 * own mount namespace, so nothing is ever visible, or left, on the host).
 */
export function lowerRootfs(rootfs: Rootfs, staging: string, features: KernelFeatures): Step[] {
  if (rootfs.kind === 'directory') {
    const bind = { op: 'MOUNT', source: rootfs.path, target: staging, fstype: '', data: '' } as const;
    return [inChild({ ...bind, flags: 4096 | MS.REC }), inChild({ op: 'ROOT', path: staging })];
  }
  const { lower, upper, work } = rootfs;
  if (!features.lowerdirPlus || [...lower, upper, work].some((path) => path.length > 240)) {
    return [...classicOverlay(lower, upper, work, staging), inChild({ op: 'ROOT', path: staging })];
  }
  const options = [...lower.map((path) => `lowerdir+=${path}`), `upperdir=${upper}`, `workdir=${work}`];
  return [
    inChild({
      op: 'FSMOUNT',
      fstype: 'overlay',
      options: ['source=overlay', ...options],
      attributes: 0,
      flags: 1,
      target: staging,
    }),
    inChild({ op: 'ROOT', path: staging }),
  ];
}
