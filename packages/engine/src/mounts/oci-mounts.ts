import type { OciMount } from '@wharf/spec';
import type { MountRecord } from './mount-record.ts';
import { resolveSubpath } from './subpath.ts';

/** What a start looks up for one mount. */
export interface MountFacts {
  /** Layers of a mounted image, topmost first. */
  readonly layers: readonly string[];
  /** An empty directory of the host. */
  readonly empty: string;
  /** The source's files have the container's IDs on disk, and the container is in a user namespace. */
  readonly mapIds: boolean;
}

const TMPFS_DEFAULTS = ['nosuid', 'nodev', 'noexec'];

/** Read-only is so for all that is mounted below, as Docker has it since 25.0, unless that is not wanted. */
function readonlyOption({ rw, nonRecursive, shallowReadonly }: MountRecord): string[] {
  if (rw) return [];
  return [nonRecursive || shallowReadonly ? 'ro' : 'rro'];
}

function bindMount(mount: MountRecord, { mapIds }: MountFacts): OciMount {
  const { source, destination, subpath, nonRecursive, propagation } = mount;
  const below = subpath === undefined ? '' : resolveSubpath(source, subpath);
  return {
    destination,
    type: 'bind',
    source: below === '' ? source : `${source}/${below}`,
    options: [
      nonRecursive ? 'bind' : 'rbind',
      propagation || 'rprivate',
      ...readonlyOption(mount),
      ...(mapIds ? ['idmap'] : []),
    ],
    fromCell: subpath === undefined ? {} : { below: source },
  };
}

function imageMount({ destination, subpath }: MountRecord, { layers, empty }: MountFacts): OciMount {
  // An overlay that takes no changes wants two layers.
  const lower = layers.length > 1 ? layers : [...layers, empty];
  return {
    destination,
    type: 'overlay',
    source: 'overlay',
    options: ['ro', `lowerdir=${lower.join(':')}`],
    fromCell: subpath === undefined ? {} : { below: subpath },
  };
}

/** The mount in the configuration of a container that starts. Throws BAD_SUBPATH. */
export function ociMount(mount: MountRecord, facts: MountFacts): OciMount {
  if (mount.type === 'image') return imageMount(mount, facts);
  if (mount.type !== 'tmpfs') return bindMount(mount, facts);
  const { destination, options = [] } = mount;
  return { destination, type: 'tmpfs', source: 'tmpfs', options: [...TMPFS_DEFAULTS, ...options] };
}
