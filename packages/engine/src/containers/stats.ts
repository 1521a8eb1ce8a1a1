import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@wharf/kit';
import type { ContainerStats } from '@wharf/spec';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { ContainerRecord } from './record.ts';
import { networkKind } from './starter.ts';
import { emptyStats, parseNetDev, type Sample, type StatsFacts, statsJson } from './stats-json.ts';
import type { ContainerStore } from './store.ts';
import { rfc3339 } from './time.ts';

/** Between the two readings that a processor's share is told from, when there is no earlier one (milliseconds). */
const SHORT = 50;
/** Between the objects of a stream (milliseconds). */
const PERIOD = 1000;

export interface StatsInput {
  readonly stream: boolean;
  /** One reading, without the earlier one that a share of the processor is told from. */
  readonly oneShot: boolean;
}

/** Reads what containers use. */
export class ContainerMeter {
  readonly #cgroups: MachineCgroups;
  readonly #store: ContainerStore;
  readonly #clock: Clock;
  readonly #cpus = cpus().length;
  readonly #memory = totalmem();

  constructor(options: {
    readonly cgroups: MachineCgroups;
    readonly store: ContainerStore;
    readonly clock: Clock;
  }) {
    this.#cgroups = options.cgroups;
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** GET /containers/{id}/stats: one object, or one a second until the client leaves or the container is removed. */
  async *stats(record: ContainerRecord, input: StatsInput, signal: AbortSignal): AsyncGenerator<ContainerStats> {
    let before: Sample | undefined;
    for (;;) {
      const facts = this.#facts(record);
      if (record.state.status !== 'running') {
        before = undefined;
        yield emptyStats(facts);
      } else {
        if (before === undefined && !input.oneShot) {
          before = this.#sample(record);
          await delay(SHORT);
        }
        const now = this.#sample(record);
        yield statsJson(facts, now, before);
        before = now;
      }
      if (!input.stream || !(await waited(PERIOD, signal)) || !this.#store.has(record)) return;
    }
  }

  #facts({ id, name }: ContainerRecord): StatsFacts {
    return { id, name, cpus: this.#cpus, machineMemory: this.#memory };
  }

  #sample(record: ContainerRecord): Sample {
    const ownNetwork = networkKind(record.hostConfig.NetworkMode) !== 'host';
    return {
      read: rfc3339(this.#clock.nowNanos()),
      cgroup: this.#cgroups.stats(record.sandbox),
      // The time of all processors together since the start of the machine, finer than the ticks of /proc/stat.
      systemCpu: Number(process.hrtime.bigint()) * this.#cpus,
      networks: parseNetDev(ownNetwork ? readNetDev(record.state.pid) : ''),
    };
  }
}

/** Empty when the process is gone. */
function readNetDev(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/net/dev`, 'utf8');
  } catch {
    return '';
  }
}

/** False when the signal came first. */
async function waited(time: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(time, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
