import { existsSync, readFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { errnoOf, type Logger } from '@wharf/kit';
import {
  applyCgroup,
  type CgroupFeatures,
  type CgroupLayout,
  type CgroupPlan,
  type CgroupStats,
  type CurrentLimits,
  cgroupDirectories,
  cgroupProcesses,
  detectCgroups,
  type FreezerState,
  freezeCgroup,
  freezerState,
  killCgroup,
  type LimitsHit,
  planCgroup,
  prepareCgroupParent,
  readCgroupStats,
  readLimitsHit,
  removeCgroup,
} from '@wharf/linux';
import type { CgroupView, SandboxCgroup } from '@wharf/runtime';
import type { OciResources } from '@wharf/spec';
import type { CgroupPlaces } from './cgroup-places.ts';
import type { SandboxCgroups } from './sandbox-service.ts';

/** The control groups of this engine on this machine: one group per sandbox below the engine's own parent. */
export class MachineCgroups implements SandboxCgroups {
  readonly layout: CgroupLayout;
  readonly features: CgroupFeatures;
  readonly #parent: string;
  readonly #places: CgroupPlaces;

  /** Makes the parent group. `parent` has no leading slash. Throws CGROUPS_UNUSABLE. */
  constructor(parent: string, places: CgroupPlaces, logger: Logger) {
    this.#parent = `/${parent}`;
    this.#places = places;
    this.layout = detectCgroups({
      mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
      cgroup: readFileSync('/proc/self/cgroup', 'utf8'),
    });
    this.features = prepareCgroupParent(this.layout, this.#parent);
    logger.info('control groups', { mode: this.layout.mode, parent: this.#parent });
  }

  get version(): 1 | 2 {
    return this.layout.mode === 'v2' ? 2 : 1;
  }

  /** Mount point of the version 2 hierarchy where it stands beside those of version 1, which have the controllers. */
  get beside(): readonly string[] {
    return this.layout.mode === 'hybrid' && this.layout.unified !== undefined ? [this.layout.unified] : [];
  }

  /** Path of a sandbox's group below every mount point. */
  path(sandbox: string): string {
    return `${this.#places.of(sandbox)?.parent ?? this.#parent}/${sandbox}`;
  }

  /**
   * Puts the group of a sandbox that is about to be made below another parent than the engine's, and makes that parent
   * unless it is there. Throws INVALID_RESOURCES, CGROUPS_UNUSABLE.
   */
  place(sandbox: string, parent: string): void {
    const names = parent.split('/').filter((name) => name !== '' && name !== '.');
    const paths = names.map((_, at) => `/${names.slice(0, at + 1).join('/')}`);
    const directories = paths.flatMap((path) => cgroupDirectories(this.layout, path));
    const made = directories.filter((directory) => this.#places.made(directory) || !existsSync(directory));
    const place = paths.at(-1) ?? '';
    this.#places.set(sandbox, { parent: place, made });
    if (place !== '') prepareCgroupParent(this.layout, place);
  }

  plan(sandbox: string): SandboxCgroup {
    const { directories, procsFiles } = this.limits(sandbox, {});
    const { unified } = this.layout;
    // Where clone3 places the child there is nothing left to move.
    const v2Directory = unified === undefined ? '' : `${unified}${this.path(sandbox)}`;
    return {
      v2Directory,
      directories,
      early: [],
      procsFiles: procsFiles.filter((path) => path !== `${v2Directory}/cgroup.procs`),
    };
  }

  /**
   * A group inside a sandbox's, made when it is not there yet, for processes that may have to be killed apart from the
   * others: in the one hierarchy that killing goes by, so that all limits stay the sandbox's. It goes with the sandbox's.
   */
  inner(sandbox: string, name: string): { readonly v2Directory: string; readonly procsFiles: readonly string[] } {
    const outer = this.#outer(sandbox);
    const directory = `${outer}/${name}`;
    applyCgroup({ directories: [directory], writes: [] });
    const { v2Directory, procsFiles } = this.plan(sandbox);
    const list = `${outer}/cgroup.procs`;
    return {
      v2Directory: v2Directory === '' ? '' : directory,
      procsFiles: procsFiles.map((path) => (path === list ? `${directory}/cgroup.procs` : path)),
    };
  }

  /** The group that inner ones are made in. */
  #outer(sandbox: string): string {
    const { unified, controllers } = this.layout;
    return `${unified ?? controllers.get('pids') ?? controllers.get('memory')}${this.path(sandbox)}`;
  }

  /** Process ids in a group that `inner` made, as the host counts them; none when it is not there. */
  innerProcesses(sandbox: string, name: string): number[] {
    try {
      const text = readFileSync(`${this.#outer(sandbox)}/${name}/cgroup.procs`, 'utf8');
      return text.split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }

  /** Removes a group that `inner` made, if nobody is in it; false when somebody is. */
  async removeInner(sandbox: string, name: string): Promise<boolean> {
    try {
      await rmdir(`${this.#outer(sandbox)}/${name}`);
      return true;
    } catch (error) {
      return errnoOf(error) === 'ENOENT';
    }
  }

  /** Kills all processes of a group that `inner` made; nothing happens when it is not there. */
  killInner(sandbox: string, name: string): Promise<void> {
    return killCgroup(this.layout, `${this.path(sandbox)}/${name}`);
  }

  /** The writes that put limits on a sandbox's group. */
  limits(sandbox: string, resources: OciResources): CgroupPlan {
    return planCgroup({ layout: this.layout, features: this.features, path: this.path(sandbox), resources });
  }

  /** Docker's words for the limits that this machine cannot keep. */
  warnings(resources: OciResources): readonly string[] {
    return this.limits('check', resources).warnings;
  }

  /** What a container sees below /sys/fs/cgroup. */
  view(sandbox: string): CgroupView {
    const hierarchies = [...this.layout.controllers].map(([name, mount]) => ({
      name: name.replace(/^name=/, ''),
      path: `${mount}${this.path(sandbox)}`,
    }));
    return { version: this.version, hierarchies };
  }

  /** Freezes or thaws all processes of a sandbox; freezing takes a moment, see `freezerState`. Throws CGROUPS_UNUSABLE. */
  freeze(sandbox: string, frozen: boolean): void {
    freezeCgroup(this.layout, this.path(sandbox), frozen);
  }

  /** Changes limits of a sandbox that is in use. Throws INVALID_RESOURCES with what the kernel said. */
  update(sandbox: string, resources: OciResources, current: CurrentLimits): void {
    const path = this.path(sandbox);
    const plan = planCgroup({ layout: this.layout, features: this.features, path, resources, current });
    applyCgroup({ directories: [], writes: plan.writes });
  }

  /** What a sandbox uses. */
  stats(sandbox: string): CgroupStats {
    return readCgroupStats(this.layout, this.path(sandbox));
  }

  /** The file that changes when a process of a sandbox is killed for lack of memory; version 1 has none to watch. */
  memoryEvents(sandbox: string): string | undefined {
    return this.version === 2 ? this.limits(sandbox, {}).oom?.path : undefined;
  }

  /** How near a sandbox came to its limits. */
  limitsHit(sandbox: string): LimitsHit {
    return readLimitsHit(this.layout, this.path(sandbox));
  }

  /** Process ids, as the host counts them. */
  processes(sandbox: string): number[] {
    return cgroupProcesses(this.layout, this.path(sandbox));
  }

  freezerState(sandbox: string): FreezerState {
    return freezerState(this.layout, this.path(sandbox));
  }

  kill(sandbox: string): Promise<void> {
    // In v1 what is frozen does not die.
    if (this.version === 1 && this.freezerState(sandbox) !== 'thawed') this.freeze(sandbox, false);
    return killCgroup(this.layout, this.path(sandbox));
  }

  /** Removes the group of a sandbox, and what was made above it for it. */
  async remove(sandbox: string): Promise<void> {
    await removeCgroup(this.layout, this.path(sandbox));
    for (const directory of this.#places.forget(sandbox)) await rmdir(directory).catch(() => undefined);
  }

  /** Removes the parent group when nothing is in it any more. */
  async removeParent(): Promise<void> {
    await removeCgroup(this.layout, this.#parent).catch(() => undefined);
  }
}
