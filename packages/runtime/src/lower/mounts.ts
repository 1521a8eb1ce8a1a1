import { inChild, type Step } from '@wharf/linux';
import type { OciMount } from '@wharf/spec';
import { BIND, MS } from './flags.ts';
import { type MountOptions, parseMountOptions } from './mount-options.ts';

/** Where this machine keeps the container's control groups, for the `cgroup` mount. */
export interface CgroupView {
  readonly version: 1 | 2;
  /** v1: one entry per hierarchy: name of the directory to show, and the container's own directory on the host. */
  readonly hierarchies: readonly { readonly name: string; readonly path: string }[];
}

/**
 * One bind. The sandbox's mounts are slaves of the host's, so what is not asked to be shared is made private, whole.
 * Attributes and propagation reach equally deep in one system call; where they should not, propagation comes second.
 */
function bindSteps(mount: OciMount, options: MountOptions): Step[] {
  const deepPropagation = options.propagation === 0 ? options.recursiveBind : options.recursivePropagation;
  const propagation = options.propagation || MS.PRIVATE;
  const attributes = (options.set | options.clear) !== 0;
  const together = !attributes || deepPropagation === options.recursiveReadonly;
  const deep = together ? deepPropagation : options.recursiveReadonly;
  const target = mount.destination;
  const bind = inChild({
    op: 'BIND',
    source: mount.source,
    target,
    flags: (options.recursiveBind ? BIND.RECURSIVE : 0) | (deep ? BIND.ATTR_RECURSIVE : 0),
    set: options.set,
    clear: options.clear,
    propagation: together ? propagation : 0,
    kind: 0,
  });
  if (together) return [bind];
  const flags = deepPropagation ? 1 : 0;
  return [bind, inChild({ op: 'SET_ATTR', target, flags, set: 0, clear: 0, propagation })];
}

function fileSystemStep(mount: OciMount, options: MountOptions, fstype: string): Step {
  const source = mount.source === '' ? [] : [`source=${mount.source}`];
  return inChild({
    op: 'FSMOUNT',
    fstype,
    options: [...source, ...options.data],
    attributes: options.set,
    flags: 0,
    target: mount.destination,
  });
}

function cgroupSteps(mount: OciMount, options: MountOptions, view: CgroupView): Step[] {
  if (view.version === 2) return [fileSystemStep({ ...mount, source: '' }, options, 'cgroup2')];
  const top = inChild({
    op: 'FSMOUNT',
    fstype: 'tmpfs',
    options: ['mode=755'],
    attributes: options.set & ~1,
    flags: 0,
    target: mount.destination,
  });
  const below = view.hierarchies.flatMap(({ name, path }) =>
    bindSteps(
      { ...mount, source: path, destination: `${mount.destination}/${name}` },
      { ...options, recursiveBind: false },
    ),
  );
  const seal = inChild({
    op: 'SET_ATTR',
    target: mount.destination,
    flags: 0,
    set: options.set & 1,
    clear: 0,
    propagation: 0,
  });
  return options.set & 1 ? [top, ...below, seal] : [top, ...below];
}

/** The steps that make one mount of the configuration, in the container's root. */
export function lowerMount(mount: OciMount, view: CgroupView): Step[] {
  const options = parseMountOptions(mount.options);
  if (mount.type === 'bind' || options.bind) return bindSteps(mount, options);
  if (mount.type === 'cgroup' || mount.type === 'cgroup2') return cgroupSteps(mount, options, view);
  return [fileSystemStep(mount, options, mount.type)];
}
