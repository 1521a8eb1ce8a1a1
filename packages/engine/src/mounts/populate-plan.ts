import { inChild, onHost, type Program } from '@wharf/linux';
import { type KernelFeatures, lowerRootfs } from '@wharf/runtime';

/** A copy of a directory of an image into a volume. */
export interface CopyPlan {
  /** Layers of the image, topmost first. */
  readonly lower: readonly string[];
  /** Two empty directories on one file system, for overlayfs. */
  readonly upper: string;
  readonly work: string;
  /** Empty directory that the image is mounted on. */
  readonly staging: string;
  /** Empty directory that becomes the root of the copying process. */
  readonly jail: string;
  /** Path in the image, without links in it, with its leading slash. */
  readonly path: string;
  /** The volume's data on the host. */
  readonly target: string;
  readonly features: KernelFeatures;
  readonly log: string;
}

/** Where programs and their libraries are on hosts. */
const PROGRAMS = ['/bin', '/usr', '/lib', '/lib64', '/nix'];
const READ_ONLY = 1;
const RECURSIVE = 1;
const ATTRIBUTES_RECURSIVE = 4;
const MS_PRIVATE = 1 << 18;
const PATH = 'PATH=/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin';

/**
 * The program that copies, for a sandbox with a mount namespace: the host's cp(1) in a root that holds nothing but the
 * host's programs (read-only), the image's directory and the volume. Another container may have the volume and put links
 * into it meanwhile: they lead nowhere.
 */
export function planCopy(plan: CopyPlan): Program {
  const bind = (source: string, target: string, set: number) =>
    ({
      op: 'BIND',
      source,
      target,
      flags: RECURSIVE | ATTRIBUTES_RECURSIVE,
      set,
      clear: 0,
      propagation: MS_PRIVATE,
      kind: 0,
    }) as const;
  const { lower, upper, work } = plan;
  return [
    onHost({ op: 'LOG', path: plan.log, attributes: '', maxSize: 1 << 20, maxFiles: 1 }),
    onHost({ op: 'STDIN', mode: 0 }),
    ...lowerRootfs({ kind: 'overlay', lower, upper, work }, plan.staging, plan.features),
    inChild({
      op: 'FSMOUNT',
      fstype: 'tmpfs',
      options: ['mode=755'],
      attributes: 0,
      flags: 1,
      target: plan.jail,
    }),
    inChild({ op: 'ROOT', path: plan.jail }),
    ...PROGRAMS.map((path) => inChild(bind(path, path, READ_ONLY), { optional: true })),
    inChild(bind(`${plan.staging}${plan.path}`, '/from', READ_ONLY)),
    inChild(bind(plan.target, '/to', 0)),
    inChild({ op: 'STDIO', mode: 1, rows: 0, columns: 0 }),
    inChild({ op: 'PIVOT' }),
    inChild({ op: 'WORKDIR', path: '/' }),
    inChild({ op: 'EXEC', file: 'cp', arguments: ['cp', '-a', '/from/.', '/to/'], environment: [PATH] }),
    onHost({ op: 'RUN' }),
  ];
}
