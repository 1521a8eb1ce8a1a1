import { readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import {
  applyCgroup,
  type CgroupFeatures,
  type CgroupLayout,
  type CgroupPlan,
  cgroupDirectories,
  cgroupProcesses,
  cleanPath,
  detectCgroups,
  type FreezerState,
  freezeCgroup,
  freezerState,
  killCgroup,
  planCgroup,
  prepareCgroupParent,
  probeCgroups,
  removeCgroup,
  SeccompCompiler,
  type SeccompConfig,
} from '@wharf/linux';
import type { CgroupView, KernelFeatures } from '@wharf/runtime';
import type { OciResources } from '@wharf/spec';

/** Where the groups of bundles are that name none. */
export const OWN_PARENT = '/wharf-oci';

/** The control group of one container on this machine. */
export class ContainerCgroup {
  readonly path: string;
  readonly #layout: CgroupLayout;

  /** `path` is `linux.cgroupsPath`: a path, or with the systemd driver SLICE:PREFIX:NAME. Throws CGROUPS_UNUSABLE. */
  constructor(path: string) {
    this.path = cleanPath(systemdPath(path) ?? path);
    this.#layout = detectCgroups({
      mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
      cgroup: readFileSync('/proc/self/cgroup', 'utf8'),
    });
  }

  get version(): 1 | 2 {
    return this.#layout.mode === 'v2' ? 2 : 1;
  }

  #features(): CgroupFeatures {
    const parent = this.path.slice(0, this.path.lastIndexOf('/'));
    return parent === '' ? probeCgroups(this.#layout, '') : prepareCgroupParent(this.#layout, parent);
  }

  /** The plan for a new group. Its parents are made. Throws INVALID_RESOURCES, CGROUPS_UNUSABLE. */
  plan(resources: OciResources): CgroupPlan & { readonly early: { path: string; data: string; optional: true }[] } {
    const features = this.#features();
    const plan = planCgroup({ layout: this.#layout, features, path: this.path, resources });
    const cpuset = this.version === 1 ? this.#layout.controllers.get('cpuset') : undefined;
    // A group without processors takes no process; a parent that others made may not hand its own down.
    const early = (['cpus', 'mems'] as const).flatMap((name) =>
      cpuset === undefined || !features[name]
        ? []
        : [{ path: `${cpuset}${this.path}/cpuset.${name}`, data: features[name], optional: true as const }],
    );
    return { ...plan, early };
  }

  /** How a process gets into the group: cloned into the hierarchy of version 2, where there is one, and moved in others. */
  entrance({ procsFiles }: Pick<CgroupPlan, 'procsFiles'>): { v2Directory: string; procsFiles: readonly string[] } {
    const { unified } = this.#layout;
    const v2Directory = unified === undefined ? '' : `${unified}${this.path}`;
    return { v2Directory, procsFiles: procsFiles.filter((path) => path !== `${v2Directory}/cgroup.procs`) };
  }

  /** The same for a group that is there. */
  existing(): { readonly v2Directory: string; readonly procsFiles: readonly string[] } {
    return this.entrance({
      procsFiles: cgroupDirectories(this.#layout, this.path).map((path) => `${path}/cgroup.procs`),
    });
  }

  /** Changes limits of a group in use. Throws INVALID_RESOURCES. */
  update(resources: OciResources, current: { readonly limit: number; readonly swap: number }): void {
    const features = probeCgroups(this.#layout, this.path);
    const plan = planCgroup({ layout: this.#layout, features, path: this.path, resources, current });
    applyCgroup({ directories: [], writes: plan.writes });
  }

  view(): CgroupView {
    const hierarchies = [...this.#layout.controllers].map(([name, mount]) => ({
      name: name.replace(/^name=/, ''),
      path: `${mount}${this.path}`,
    }));
    return { version: this.version, hierarchies };
  }

  processes(): number[] {
    return cgroupProcesses(this.#layout, this.path);
  }

  freeze(frozen: boolean): void {
    freezeCgroup(this.#layout, this.path, frozen);
  }

  freezer(): FreezerState {
    return freezerState(this.#layout, this.path);
  }

  /** Ends all processes of the group; in version 1 what is frozen does not die. */
  async kill(): Promise<void> {
    if (this.version === 1 && this.freezer() !== 'thawed') this.freeze(false);
    await killCgroup(this.#layout, this.path);
  }

  /** The group alone: its parent stays, because somebody may be making another group in it. */
  remove(): Promise<void> {
    return removeCgroup(this.#layout, this.path);
  }
}

/** Where the unit of that name would be: systemd nests a slice `a-b.slice` in `a.slice`. We make the group ourselves. */
function systemdPath(path: string): string | undefined {
  const [slice, prefix, name, ...more] = path.split(':');
  if (slice === undefined || prefix === undefined || name === undefined || more.length > 0) return undefined;
  const parts = (slice || 'system.slice')
    .replace(/\.slice$/, '')
    .split('-')
    .filter(Boolean);
  const slices = parts.map((_, at) => `${parts.slice(0, at + 1).join('-')}.slice`);
  const unit = name.endsWith('.slice') ? name : `${prefix ? `${prefix}-` : ''}${name}.scope`;
  return `/${[...slices, unit].join('/')}`;
}

/** The filter of a bundle's rules. Throws INVALID_SECCOMP_PROFILE. */
export function compileFilter(seccomp: SeccompConfig | undefined): Uint8Array | undefined {
  if (seccomp === undefined) return undefined;
  const architecture = arch() === 'arm64' ? 'aarch64' : 'x86_64';
  return new SeccompCompiler({ architecture, kernel: release() }).compile(seccomp).filter;
}

/** What the running kernel can do. */
export function kernelFeatures(): KernelFeatures {
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return { lowerdirPlus: major > 6 || (major === 6 && minor >= 7) };
}
