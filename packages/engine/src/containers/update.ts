import { messageOf } from '@wharf/kit';
import type { HostConfig, OciResources } from '@wharf/spec';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { deviceNumbers } from '../oci/devices.ts';
import { buildResources } from '../oci/resources.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { eventAttributes } from './attributes.ts';
import { machineLimits } from './machine-limits.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerStore } from './store.ts';
import { checkRestart } from './validate.ts';
import { checkLimits } from './validate-limits.ts';

/** The members of HostConfig that can be changed, by the part of a control group that they are about. */
const CHANGEABLE = {
  memory: ['Memory', 'MemorySwap', 'MemoryReservation'],
  cpu: [
    ...['CpuShares', 'NanoCpus', 'CpuPeriod', 'CpuQuota', 'CpusetCpus', 'CpusetMems'],
    ...['CpuRealtimePeriod', 'CpuRealtimeRuntime'],
  ],
  blockIO: ['BlkioWeight'],
  pids: ['PidsLimit'],
} as const satisfies Record<string, readonly string[]>;

/** Changes limits and restart policies of containers, of running ones at once. */
export class ContainerUpdater {
  readonly #cgroups: MachineCgroups;
  readonly #store: ContainerStore;
  readonly #events: EventService;
  readonly #machine = machineLimits();

  constructor(options: {
    readonly cgroups: MachineCgroups;
    readonly store: ContainerStore;
    readonly events: EventService;
  }) {
    this.#cgroups = options.cgroups;
    this.#store = options.store;
    this.#events = options.events;
  }

  /**
   * Takes over the members that are set and not zero; returns warnings. Throws BAD_CONFIG, UPDATE_CONFLICT,
   * CANNOT_UPDATE (the kernel refused), REMOVAL_IN_PROGRESS; then nothing has changed.
   */
  async update(record: ContainerRecord, asked: HostConfig): Promise<readonly string[]> {
    const { id, state, hostConfig } = record;
    if (state.status === 'removing' || state.status === 'dead') {
      const why = 'container is marked for removal and cannot be "update"';
      throw fail('REMOVAL_IN_PROGRESS', `Cannot update container ${id}: ${why}`);
    }
    const changes = changesOf(asked);
    checkConflicts(record, changes);
    const merged: HostConfig = { ...hostConfig, ...changes };
    checkLimits(merged, this.#machine);
    checkRestart(merged);
    const resources = changedResources(merged, changes);
    const warnings = this.#cgroups.warnings(resources);
    if (state.status === 'running') this.#apply(record, resources);
    Object.assign(hostConfig, changes);
    this.#store.save(record);
    await this.#store.durable();
    this.#events.publish('container', 'update', id, eventAttributes(record));
    return warnings;
  }

  #apply({ id, sandbox, hostConfig }: ContainerRecord, resources: OciResources): void {
    const current = { limit: hostConfig.Memory || -1, swap: hostConfig.MemorySwap || -1 };
    try {
      this.#cgroups.update(sandbox, resources, current);
    } catch (cause) {
      throw fail('CANNOT_UPDATE', `Cannot update container ${id}: ${messageOf(cause)}`, { cause });
    }
  }
}

/** The changeable members that are set; no process limit, however it is said, is -1. */
function changesOf(asked: HostConfig): HostConfig {
  const names: readonly string[] = Object.values(CHANGEABLE).flat();
  const entries = Object.entries(asked).filter(([name, value]) => names.includes(name) && Boolean(value));
  const { PidsLimit, RestartPolicy } = asked;
  return {
    ...Object.fromEntries(entries),
    ...(PidsLimit === undefined || PidsLimit === null ? {} : { PidsLimit: PidsLimit <= 0 ? -1 : PidsLimit }),
    ...(RestartPolicy?.Name
      ? { RestartPolicy: { Name: RestartPolicy.Name, MaximumRetryCount: RestartPolicy.MaximumRetryCount ?? 0 } }
      : {}),
  } as HostConfig;
}

/** What contradicts the container as it is. Throws UPDATE_CONFLICT in Docker's words. */
function checkConflicts({ id, hostConfig: now }: ContainerRecord, to: HostConfig): void {
  const conflict = (why: string): never => {
    throw fail('UPDATE_CONFLICT', `Cannot update container ${id}: ${why}`);
  };
  const both = (one: string, other: string): never =>
    conflict(`Conflicting options: ${one} cannot be updated as ${other} has already been set`);
  if (to.NanoCpus && now.CpuPeriod) both('Nano CPUs', 'CPU Period');
  if (to.NanoCpus && now.CpuQuota) both('Nano CPUs', 'CPU Quota');
  if (to.CpuPeriod && now.NanoCpus) both('CPU Period', 'NanoCPUs');
  if (to.CpuQuota && now.NanoCpus) both('CPU Quota', 'NanoCPUs');
  const swap = now.MemorySwap ?? 0;
  if (to.Memory && swap !== -1 && to.Memory > swap && !to.MemorySwap) {
    conflict(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  }
  const policy = to.RestartPolicy?.Name ?? 'no';
  if (now.AutoRemove && policy !== 'no') {
    conflict('Restart policy cannot be updated because AutoRemove is enabled for the container');
  }
}

/** The parts of the limits of which something changes, whole. */
function changedResources(merged: HostConfig, changes: HostConfig): OciResources {
  const all = buildResources(merged, [], deviceNumbers);
  const changed = Object.entries(CHANGEABLE).filter(([, names]) => names.some((name) => Object.hasOwn(changes, name)));
  const parts = changed.map(([part]) => [part, all[part as keyof typeof CHANGEABLE]]);
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined)) as OciResources;
}
