import { inChild, onHost, type Step } from '@wharf/linux';
import type { OciDevice, OciMount } from '@wharf/spec';
import { lowerCellMount } from './cell-bind.ts';
import { BIND, FSMOUNT, MS, S_IF } from './flags.ts';
import { parseMountOptions } from './mount-options.ts';
import { type CgroupView, lowerMount } from './mounts.ts';
import { type MappedLayers, mappedOverlay } from './rootfs.ts';
import type { UserView } from './user-view.ts';

const EEXIST = 17;

/** What of a configuration is mounted. */
interface MountsAndDevices {
  readonly mounts: readonly OciMount[];
  readonly linux: { readonly devices: readonly OciDevice[] };
}

/** The mount that the cell made last, handed to the child and mounted there. */
function handOver(target: string): Step[] {
  const rest = { flags: 0, set: 0, clear: 0, propagation: 0, kind: 0 };
  return [onHost({ op: 'GIVE' }), inChild({ op: 'BIND', source: '', target, ...rest })];
}

/** One bind, done by the cell, which reaches every source; then handed over. */
function boundByCell(steps: readonly Step[], target: string, mapIds: boolean): Step[] {
  const made = steps.map(({ op }) => {
    if (op.op !== 'BIND' && op.op !== 'SET_ATTR') return onHost(op);
    // What is mounted in a user namespace must not get out of it.
    const propagation = Number(op.propagation) === MS.SHARED ? MS.SLAVE : op.propagation;
    if (op.op === 'SET_ATTR') return onHost({ ...op, propagation, target: '/' });
    return onHost({
      ...op,
      propagation,
      target: '',
      flags: Number(op.flags) | BIND.DETACHED | (mapIds ? BIND.MAP_IDS : 0),
    });
  });
  return [...made, ...handOver(target)];
}

/** The child's steps of a mount, with those that bind something done by the cell. */
function throughCell(steps: readonly Step[], mapIds: boolean): Step[] {
  const result: Step[] = [];
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at];
    if (step?.op.op !== 'BIND') {
      if (step) result.push(step);
      continue;
    }
    const next = steps[at + 1];
    // A bind may take two system calls.
    const more = next?.op.op === 'SET_ATTR' && next.op.target === step.op.target ? [next] : [];
    result.push(...boundByCell([step, ...more], step.op.target, mapIds));
    at += more.length;
  }
  return result;
}

/** Devices work only in file systems of the host's: a /dev that the cell fills, owned by the container's root. */
function devSteps(
  mount: OciMount,
  config: MountsAndDevices,
  links: readonly (readonly [string, string])[],
  user: UserView,
): Step[] {
  const options = parseMountOptions(mount.options);
  const owner = [`uid=${user.rootUid}`, `gid=${user.rootGid}`];
  const below = (path: string) => path.slice(mount.destination.length);
  return [
    onHost({
      op: 'FSMOUNT',
      fstype: 'tmpfs',
      options: ['source=tmpfs', ...options.data, ...owner],
      attributes: options.set,
      flags: FSMOUNT.DETACHED,
      target: '',
    }),
    ...config.linux.devices
      .filter(({ path }) => path.startsWith(`${mount.destination}/`))
      .map((device) => node(device, below(device.path), user)),
    ...links.map(([value, path]) => onHost({ op: 'SYMLINK', value, path: below(path) }, { tolerate: EEXIST })),
    ...handOver(mount.destination),
  ];
}

function node({ type, major, minor, fileMode }: OciDevice, path: string, user: UserView): Step {
  const owner = { uid: user.rootUid, gid: user.rootGid };
  return onHost({ op: 'MKNOD', path, mode: S_IF[type] | fileMode, major, minor, ...owner }, { tolerate: EEXIST });
}

/**
 * A device elsewhere: a node in a file system that the cell mounts aside, bound from there (before Linux 6.15 nothing can
 * be bound out of a mount that is detached).
 */
function loneDevice(device: OciDevice, user: UserView, staging: string): Step[] {
  const rest = { set: 0, clear: 0, propagation: MS.PRIVATE, kind: 0 };
  const flags = FSMOUNT.TARGET_ON_HOST;
  return [
    onHost({ op: 'ASIDE', on: 1 }),
    onHost({ op: 'FSMOUNT', fstype: 'tmpfs', options: ['source=device'], attributes: 0, flags, target: staging }),
    onHost({ op: 'ROOT', path: staging }),
    node(device, 'device', user),
    onHost({ op: 'BIND', source: 'device', target: '', flags: BIND.SOURCE_IN_ROOT | BIND.DETACHED, ...rest }),
    onHost({ op: 'ASIDE', on: 0 }),
    ...handOver(device.path),
  ];
}

/** The mount that the child has had since before it joined the user namespace. */
function readyProc({ destination }: OciMount): Step[] {
  const rest = { flags: 0, set: 0, clear: 0, propagation: 0, kind: 0 };
  return [inChild({ op: 'BIND', source: '', target: destination, ...rest })];
}

/**
 * The mounts of a container in a user namespace. Its own file systems are mounted by the child, to whom they then belong;
 * what is the host's, and devices, by the cell.
 */
export function mappedMounts(
  config: MountsAndDevices,
  view: CgroupView,
  links: readonly (readonly [string, string])[],
  user: UserView,
  staging: string,
): Step[] {
  const overlay = (layers: MappedLayers) => mappedOverlay(layers, staging, user);
  const devIsOurs = config.mounts.some(({ destination, type }) => destination === '/dev' && type === 'tmpfs');
  const proc = user.joined ? config.mounts.find(({ type }) => type === 'proc') : undefined;
  const mounts = config.mounts.flatMap((mount) => {
    if (mount.destination === '/dev' && devIsOurs) return devSteps(mount, config, links, user);
    if (mount.fromCell) return lowerCellMount(mount, { mapped: true, overlay });
    if (mount === proc) return [];
    return throughCell(lowerMount(mount, view), parseMountOptions(mount.options).mapIds);
  });
  const lone = config.linux.devices.filter(({ path }) => !(devIsOurs && path.startsWith('/dev/')));
  const devIsBound = config.mounts.some(({ destination }) => destination === '/dev') && !devIsOurs;
  return [
    // Before the cell gives anything else.
    ...(proc ? readyProc(proc) : []),
    ...mounts,
    ...lone.filter(({ path }) => !devIsBound || !path.startsWith('/dev/')).flatMap((d) => loneDevice(d, user, staging)),
  ];
}
