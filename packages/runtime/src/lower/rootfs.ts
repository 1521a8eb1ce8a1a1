import { dirname } from 'node:path';
import { inChild, type Step } from '@wharf/linux';
import { MS } from './flags.ts';

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
