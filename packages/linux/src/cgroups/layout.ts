import { fail } from '../errors.ts';

/** v1: a hierarchy per controller; v2: one for all; hybrid: v1 with an additional v2 hierarchy. */
export type CgroupMode = 'v1' | 'v2' | 'hybrid';

/** Where the control groups of this machine are mounted. */
export interface CgroupLayout {
  readonly mode: CgroupMode;
  /** Mount point of the v2 hierarchy; set unless the mode is v1. */
  readonly unified?: string;
  /** Mount points of the v1 hierarchies by controller (`memory`, …) or name (`name=systemd`). Empty in mode v2. */
  readonly controllers: ReadonlyMap<string, string>;
  /** Whether the limits of a cgroup namespace's root are out of reach of who is inside (`nsdelegate`, v2). */
  readonly delegated?: boolean;
}

/**
 * Finds the control groups from the texts of /proc/self/mountinfo and /proc/self/cgroup (proc(5), cgroups(7)).
 * Of a hierarchy that is mounted twice the first mount counts. Throws CGROUPS_UNUSABLE if nothing is mounted.
 */
export function detectCgroups(texts: { readonly mountinfo: string; readonly cgroup: string }): CgroupLayout {
  const hierarchies = texts.cgroup.split('\n').flatMap((line) => line.split(':')[1]?.split(',') ?? []);
  const controllers = new Map<string, string>();
  let unified: string | undefined;
  let delegated = false;
  for (const line of texts.mountinfo.split('\n')) {
    const mount = parseMount(line);
    if (mount?.type === 'cgroup2') {
      unified ??= mount.point;
      delegated ||= mount.options.includes('nsdelegate');
    }
    if (mount?.type !== 'cgroup') continue;
    for (const option of mount.options) {
      if (option !== '' && hierarchies.includes(option) && !controllers.has(option))
        controllers.set(option, mount.point);
    }
  }
  if (controllers.size > 0) {
    return {
      mode: unified === undefined ? 'v1' : 'hybrid',
      controllers,
      ...(unified === undefined ? {} : { unified }),
    };
  }
  if (unified !== undefined) return { mode: 'v2', unified, controllers, ...(delegated ? { delegated } : {}) };
  throw fail('CGROUPS_UNUSABLE', 'no control groups are mounted: mount the cgroup2 filesystem on /sys/fs/cgroup');
}

function parseMount(
  line: string,
): { readonly type: string; readonly point: string; readonly options: string[] } | undefined {
  const [before = '', after = ''] = line.split(' - ');
  const point = before.split(' ')[4];
  const [type, , options = ''] = after.split(' ');
  if (point === undefined || type === undefined) return undefined;
  const unescaped = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return { type, point: unescaped, options: options.split(',') };
}

/**
 * The directories of a control group, one per hierarchy. `path` is below every mount point ("/wharf/0123…").
 * Throws INVALID_RESOURCES for a path with `..` or one that is the root.
 */
export function cgroupDirectories(layout: CgroupLayout, path: string): string[] {
  return cgroupRoots(layout).map((root) => `${root}${cleanPath(path)}`);
}

/** The mount points of all hierarchies. */
export function cgroupRoots(layout: CgroupLayout): string[] {
  const roots = new Set(layout.controllers.values());
  if (layout.unified !== undefined) roots.add(layout.unified);
  return [...roots];
}

/** The directory that a controller's files are in, if the machine has the controller. */
export function controllerDirectory(layout: CgroupLayout, controller: string, path: string): string | undefined {
  const root = layout.mode === 'v2' ? layout.unified : layout.controllers.get(controller);
  return root === undefined ? undefined : `${root}${cleanPath(path)}`;
}

/** A group's path with one leading slash. Throws INVALID_RESOURCES. */
export function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..') || path.includes('\0') || path.length > 1024) {
    throw fail('INVALID_RESOURCES', `invalid cgroup path ${JSON.stringify(path)}`);
  }
  return `/${parts.join('/')}`;
}
