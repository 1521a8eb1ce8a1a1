import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@wharf/kit';
import type {
  ContainerConfig,
  ContainerCreateResponse,
  ExplainStep,
  HostConfig,
  ImageRunConfig,
  NetworkingConfig,
  WharfConfig,
} from '@wharf/spec';
import type { EngineConfig } from '../config.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { Narrator } from '../explain/narrator.ts';
import { completeLogConfig } from '../logs/log-options.ts';
import type { ContainerMounts } from '../mounts/container-mounts.ts';
import type { MountPlan } from '../mounts/plan-mounts.ts';
import { DEFAULT_SHM_SIZE } from '../oci/defaults.ts';
import { deviceNumbers } from '../oci/devices.ts';
import { buildCapabilities } from '../oci/process.ts';
import { buildResources } from '../oci/resources.ts';
import { buildSecurity } from '../oci/security.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { noUserns, type UsernsService } from '../userns/userns-service.ts';
import { eventAttributes } from './attributes.ts';
import { Joined, joinedKey } from './joined.ts';
import { machineLimits } from './machine-limits.ts';
import { commandOf, mergeConfig } from './merge.ts';
import { checkName, randomName } from './names.ts';
import type { ImageForContainer, ImagePort, Layers } from './ports.ts';
import { type ContainerRecord, freshState } from './record.ts';
import { accountFiles, RootfsView } from './rootfs-view.ts';
import type { SeccompFilters } from './seccomp.ts';
import type { ContainerStarter } from './starter.ts';
import type { ContainerStore } from './store.ts';
import { rfc3339 } from './time.ts';
import { validateConfig } from './validate.ts';
import { checkWritableCgroups } from './validate-modes.ts';
import { checkWharf } from './validate-wharf.ts';

export interface CreatorOptions {
  readonly config: EngineConfig;
  readonly store: ContainerStore;
  readonly images: ImagePort;
  readonly starter: ContainerStarter;
  readonly cgroups: MachineCgroups;
  readonly seccomp: SeccompFilters;
  readonly events: EventService;
  readonly clock: Clock;
  readonly userns: UsernsService;
  readonly mounts: ContainerMounts;
  /** Adds the container in place of the one that has its name. */
  readonly replace: (record: ContainerRecord) => Promise<void>;
}

/** A create request after the API has checked its types. */
export interface CreateInput {
  readonly name?: string;
  readonly platform?: { readonly os: string; readonly architecture?: string; readonly variant?: string };
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networkingConfig: NetworkingConfig;
  /** What Docker does not have. */
  readonly wharf?: WharfConfig;
  /** End and remove the container that has the name. */
  readonly replace?: boolean;
  /** Is filled with what was done. */
  readonly explain?: ExplainStep[];
}

/** Makes containers: everything that can be wrong is found before anything is made. */
export class ContainerCreator {
  readonly #options: CreatorOptions;
  readonly #machine = machineLimits();

  constructor(options: CreatorOptions) {
    this.#options = options;
  }

  /** Throws not_found (image), NAME_IN_USE, BAD_NAME, BAD_CONFIG, NOT_SUPPORTED. */
  async create(input: CreateInput): Promise<ContainerCreateResponse> {
    const { store, images, events, mounts } = this.#options;
    const explain = input.explain && new Narrator(input.explain);
    const name = input.name ? checkName(input.name) : randomName((candidate) => store.named(candidate) !== undefined);
    if (!input.replace) store.checkName(name);
    else if (!input.name) throw fail('BAD_CONFIG', 'cannot replace a container without a name');
    const image = images.find(input.config.Image ?? '');
    checkPlatform(input, image);
    explain?.lap(
      'image',
      `The engine looked for ${input.config.Image} among its images and found ${image.id.slice(0, 19)}…, unpacked already.`,
    );
    const { record, warnings, plans } = this.#describe(input, name, image);
    explain?.lap(
      'configuration',
      'It merged what you asked for with what the image says, and checked all that could be wrong.',
    );
    const layers = images.prepare(record.id, image.id);
    explain?.lap(
      'layer',
      `It made an empty writable layer on top of ${layers.lower.length} read-only of the image: nothing is copied.`,
    );
    const { upper } = layers;
    try {
      // By this file programs tell that they run in a container.
      writeFileSync(join(upper, '.dockerenv'), '', { flag: 'wx', mode: 0o755 });
      record.mounts = await mounts.make(record.id, plans, layers);
      this.#allot(record, layers, input.wharf?.Caller);
      if (input.replace) await this.#options.replace(record);
      else store.add(record);
      mounts.made(record.id);
    } catch (error) {
      images.release(record.id);
      await mounts.abandon(record.id, record.mounts ?? []);
      throw error;
    } finally {
      this.#options.userns.settle(record.id);
    }
    // A container that goes away with its process needs no promise to survive a power loss.
    if (!record.hostConfig.AutoRemove) await store.durable();
    explain?.lap(
      'record',
      record.hostConfig.AutoRemove
        ? `It noted container ${record.id.slice(0, 12)} in its database; as it goes away with its process, no disk had to be waited for.`
        : `It wrote container ${record.id.slice(0, 12)} into its database and waited until the disk had it.`,
    );
    events.publish('container', 'create', record.id, eventAttributes(record));
    return { Id: record.id, Warnings: warnings };
  }

  #describe(
    input: CreateInput,
    name: string,
    image: ImageForContainer,
  ): { record: ContainerRecord; warnings: string[]; plans: MountPlan[] } {
    const id = randomBytes(32).toString('hex');
    const merged = mergeConfig(input.config, (image.config.config ?? {}) as ImageRunConfig);
    const joined = new Joined(this.#options.store);
    const hostConfig = joined.resolve(completeHostConfig(input.hostConfig, this.#options.config));
    const warnings = validateConfig(
      { config: merged, asked: input.config, hostConfig, networking: input.networkingConfig },
      this.#machine,
    );
    const { path, args } = commandOf(merged);
    const config = {
      ...merged,
      Hostname: merged.Hostname || this.#hostname(hostConfig, id),
    };
    warnings.push(...this.#checkParts(hostConfig));
    this.#options.userns.check(hostConfig);
    checkWharf(input.wharf, config);
    const record: ContainerRecord = {
      id,
      name,
      created: rfc3339(this.#options.clock.nowNanos()),
      imageId: image.id,
      platform: image.config.os ?? 'linux',
      config,
      hostConfig,
      networkingConfig: input.networkingConfig,
      ...(input.wharf ? { wharf: input.wharf } : {}),
      path,
      args,
      state: freshState(),
      restartCount: 0,
      stoppedByUser: false,
      sandbox: '',
    };
    return { record, warnings, plans: this.#options.mounts.plan(config, hostConfig) };
  }

  /** IDs of its own, for a container that wants them: with its record they are kept, and given back. */
  #allot(record: ContainerRecord, { upper, lower }: Layers, caller: string | undefined): void {
    const { config, hostConfig } = record;
    const files = () => accountFiles(new RootfsView([upper, ...lower]));
    const allotted = this.#options.userns.allot(record.id, { config, hostConfig, caller, files });
    if (!allotted) return;
    record.idMaps = allotted.idMaps;
    if (allotted.user !== undefined) config.User = allotted.user;
  }

  /** A container on another's network has the other's name; on the host's, or in its UTS namespace, the host's. */
  #hostname(hostConfig: HostConfig, id: string): string {
    const donor = joinedKey(hostConfig.NetworkMode);
    if (donor !== undefined) return this.#options.store.get(donor).config.Hostname ?? '';
    return hostConfig.NetworkMode === 'host' || hostConfig.UTSMode === 'host' ? hostname() : id.slice(0, 12);
  }

  /** Whatever a start would refuse is refused now. */
  #checkParts(hostConfig: HostConfig): readonly string[] {
    const runtime = this.#options.config.runtimes.foreign(hostConfig.Runtime);
    if (runtime && hostConfig.Init)
      throw fail('NOT_SUPPORTED', `--init is not offered with the runtime ${runtime.name}`);
    if (runtime && this.#options.userns.applies(hostConfig)) throw noUserns(runtime.name);
    const security = buildSecurity(hostConfig);
    if (security.writableCgroups) checkWritableCgroups(hostConfig, this.#options.cgroups.layout);
    const { bounding } = buildCapabilities(hostConfig, 0, -1n);
    this.#options.seccomp.filter(security.seccomp, bounding);
    return this.#options.cgroups.warnings(buildResources(hostConfig, [], deviceNumbers));
  }
}

function checkPlatform(input: CreateInput, image: ImageForContainer): void {
  const { platform } = input;
  const { os = 'linux', architecture = '', variant } = image.config;
  if (!platform) return;
  const fits =
    platform.os === os &&
    (!platform.architecture || platform.architecture === architecture) &&
    (!platform.variant || !variant || platform.variant === variant);
  if (fits) return;
  const wanted = [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
  const message = `image with reference ${input.config.Image} was found but its platform (${os}/${architecture}) does not match the specified platform (${wanted})`;
  throw fail('BAD_CONFIG', message);
}

/** The members that Docker's inspect always shows, with its defaults. */
function completeHostConfig(given: HostConfig, engine: EngineConfig): HostConfig {
  const network = given.NetworkMode || 'default';
  const { Memory = 0, MemorySwap = 0, MemorySwappiness } = given;
  return {
    ...given,
    // As much swap again as memory, and the kernel's own swappiness, are what nobody asked for comes to.
    MemorySwap: Memory > 0 && MemorySwap === 0 ? Memory * 2 : MemorySwap,
    MemorySwappiness: MemorySwappiness === -1 ? undefined : MemorySwappiness,
    NetworkMode: network === 'default' ? 'bridge' : network,
    LogConfig: completeLogConfig(given.LogConfig, engine),
    RestartPolicy: {
      Name: given.RestartPolicy?.Name || 'no',
      MaximumRetryCount: given.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    CgroupnsMode: given.CgroupnsMode || 'private',
    IpcMode: given.IpcMode || 'private',
    Runtime: given.Runtime || engine.runtimes.default,
    ShmSize: given.ShmSize || DEFAULT_SHM_SIZE,
  } as HostConfig;
}
