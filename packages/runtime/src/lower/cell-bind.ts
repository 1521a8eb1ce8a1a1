import { inChild, onHost, type Step } from '@wharf/linux';
import type { OciMount } from '@wharf/spec';
import { BIND, CLONE_NEW, FSMOUNT, MS } from './flags.ts';
import { parseMountOptions } from './mount-options.ts';
import type { MappedLayers } from './rootfs.ts';

/** How the cell has to make mounts for one container. */
export interface CellBindOptions {
  /** The container is in a user namespace: what is mounted there must not get out of it. */
  readonly mapped: boolean;
  /** Makes an overlay of layers as the cell's root, where one step does not do: IDs to map, or an old kernel. */
  readonly overlay?: (layers: MappedLayers) => Step[];
}

const RECURSIVE_CHANGE = 1;

/** The mount that the cell made last, handed to the child and mounted there. */
function handOver(target: string): Step[] {
  const rest = { flags: 0, set: 0, clear: 0, propagation: 0, kind: 0 };
  return [onHost({ op: 'GIVE' }), inChild({ op: 'BIND', source: '', target, ...rest })];
}

/** Where the source is looked up: steps before the bind, its path and flag, steps after it. */
function lookUp({ source, fromCell }: OciMount): { before: Step[]; source: string; flags: number; after: Step[] } {
  const { below, namespace } = fromCell ?? {};
  if (below !== undefined) {
    const path = source.slice(below.length).replace(/^\/+/, '') || '.';
    return { before: [onHost({ op: 'ROOT', path: below })], source: path, flags: BIND.SOURCE_IN_ROOT, after: [] };
  }
  if (namespace !== undefined) {
    return {
      before: [onHost({ op: 'ASIDE', on: 1 }), onHost({ op: 'SETNS', path: namespace, type: CLONE_NEW.mount })],
      source,
      flags: 0,
      after: [onHost({ op: 'ASIDE', on: 0 })],
    };
  }
  return { before: [], source, flags: 0, after: [] };
}

/**
 * A bind that the cell makes and the child attaches: the cell sees the host's mounts as they are at that moment, and what
 * it shares is shared with them.
 */
function bound(mount: OciMount, { mapped }: CellBindOptions): Step[] {
  const options = parseMountOptions(mount.options);
  const { before, source, flags, after } = lookUp(mount);
  const deep = options.propagation === 0 ? options.recursiveBind : options.recursivePropagation;
  const asked = options.propagation || MS.PRIVATE;
  const propagation = mapped && asked === MS.SHARED ? MS.SLAVE : asked;
  const attributes = (options.set | options.clear) !== 0;
  // One system call changes attributes and propagation equally deep.
  const together = !attributes || deep === options.recursiveReadonly;
  const bind =
    flags |
    BIND.DETACHED |
    (options.recursiveBind ? BIND.RECURSIVE : 0) |
    ((together ? deep : options.recursiveReadonly) ? BIND.ATTR_RECURSIVE : 0) |
    (mapped && options.mapIds ? BIND.MAP_IDS : 0);
  const { set, clear } = options;
  const target = mount.destination;
  const spread = { target, flags: deep ? RECURSIVE_CHANGE : 0, set: 0, clear: 0, propagation };
  const now = together ? propagation : 0;
  return [
    ...before,
    onHost({ op: 'BIND', source, target: '', flags: bind, set, clear, propagation: now, kind: 0 }),
    ...after,
    ...handOver(target),
    ...(together ? [] : [inChild({ op: 'SET_ATTR', ...spread })]),
  ];
}

/** The layers of an image as a read-only file system, or a part of it. */
function image(mount: OciMount, { overlay }: CellBindOptions): Step[] {
  const options = parseMountOptions(mount.options);
  const layers = options.data.flatMap((option) =>
    option.startsWith('lowerdir=') ? option.slice('lowerdir='.length).split(':') : [],
  );
  const { below = '' } = mount.fromCell ?? {};
  if (overlay) {
    const part = below === '' ? '.' : below;
    return [...overlay({ lower: layers, part, attributes: options.set }), ...handOver(mount.destination)];
  }
  const part = onHost({
    op: 'BIND',
    source: below,
    target: '',
    flags: BIND.SOURCE_IN_ROOT | BIND.DETACHED,
    set: options.set,
    clear: 0,
    propagation: MS.PRIVATE,
    kind: 0,
  });
  return [
    onHost({
      op: 'FSMOUNT',
      fstype: 'overlay',
      options: ['source=overlay', ...layers.map((path) => `lowerdir+=${path}`)],
      attributes: options.set,
      flags: FSMOUNT.DETACHED,
      target: '',
    }),
    ...(below === '' ? [] : [part]),
    ...handOver(mount.destination),
  ];
}

/** The steps of a mount with `fromCell`. */
export function lowerCellMount(mount: OciMount, options: CellBindOptions): Step[] {
  return mount.type === 'overlay' ? image(mount, options) : bound(mount, options);
}
