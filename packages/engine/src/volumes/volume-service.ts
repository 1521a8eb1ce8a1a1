import { randomBytes } from 'node:crypto';
import { type Clock, messageOf } from '@wharf/kit';
import {
  booleanFilter,
  checkFilterNames,
  type Filters,
  filterValues,
  matchesExactly,
  matchesLabels,
  type Volume,
} from '@wharf/spec';
import { KeyedLocks } from '../containers/locks.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { VolumeDriver } from './driver.ts';
import { ANONYMOUS_LABEL, type VolumeRecord } from './record.ts';
import type { VolumeStore } from './store.ts';

export interface VolumeServiceOptions {
  readonly store: VolumeStore;
  /** The first is the default. */
  readonly drivers: readonly VolumeDriver[];
  readonly events: EventService;
  readonly clock: Clock;
  /** IDs of the containers, running or not, that have the volume. */
  readonly usersOf: (name: string) => readonly string[];
  /** IDs of the containers that a prune of containers would take. */
  readonly idle: (filters: Filters) => readonly string[];
}

/** A volume as it is asked for: the body of POST /volumes/create. */
export interface VolumeRequest {
  /** Absent or empty for a volume that gets a name of its own. */
  readonly name?: string;
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** How a prune is done; `afterContainers`: a dry run counts as if containers had been pruned before. */
export interface VolumePruneOptions {
  readonly dryRun: boolean;
  readonly afterContainers?: boolean;
}

/** What a prune of volumes took away, or would; null for none. Bytes. */
export interface VolumesPruned {
  readonly VolumesDeleted: string[] | null;
  readonly SpaceReclaimed: number;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const MAX_NAME = 255;

/** The noun "volume": makes, finds, shows and removes volumes; what containers do with them is in `mounts`. */
export class VolumeService {
  readonly #options: VolumeServiceOptions;
  readonly #locks = new KeyedLocks();
  /** Containers that are being made: their records do not say yet that they use the volume. */
  readonly #holds = new Map<string, Set<string>>();
  #pruning = false;

  constructor(options: VolumeServiceOptions) {
    this.#options = options;
  }

  /** Makes a volume, or gives the one of that name. Throws BAD_VOLUME_NAME, BAD_VOLUME_OPTION, NO_SUCH_VOLUME_DRIVER. */
  async create(request: VolumeRequest): Promise<Volume> {
    const record = await this.ensure(request);
    await this.#options.store.durable();
    return this.#view(record);
  }

  /** As `create`, for a container: `holder` keeps the volume from being removed until `release`. */
  ensure(request: VolumeRequest, holder?: string): Promise<VolumeRecord> {
    const labels = request.name ? request.labels : { ...request.labels, [ANONYMOUS_LABEL]: '' };
    const name = request.name || randomBytes(32).toString('hex');
    return this.#locks.run(name, async () => {
      const known = this.#options.store.find(name);
      if (known && request.driver && this.#driver(request.driver, `create ${name}`).name !== known.driver) {
        throw fail('VOLUME_CONFLICT', `create ${name}: volume name must be unique`);
      }
      const record = known ?? this.#make({ ...request, name, ...(labels && { labels }) });
      if (holder !== undefined) this.#hold(name, holder);
      return record;
    });
  }

  #make({ name, driver = '', options = {}, labels = {} }: VolumeRequest & { readonly name: string }): VolumeRecord {
    const { store, events, clock } = this.#options;
    checkVolumeName(name);
    const keeper = this.#driver(driver, `create ${name}`);
    try {
      keeper.check(options);
    } catch (cause) {
      throw fail('BAD_VOLUME_OPTION', `create ${name}: ${messageOf(cause)}`, { cause });
    }
    const record: VolumeRecord = {
      name,
      driver: keeper.name,
      created: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`,
      labels: Object.keys(labels).length > 0 ? labels : null,
      options: Object.keys(options).length > 0 ? options : null,
    };
    keeper.create(record);
    store.add(record);
    events.publish('volume', 'create', name, { driver: keeper.name });
    return record;
  }

  #hold(name: string, holder: string): void {
    const holders = this.#holds.get(name) ?? new Set();
    this.#holds.set(name, holders.add(holder));
  }

  /** The container is made, or will not be. */
  release(holder: string): void {
    for (const [name, holders] of this.#holds) {
      if (holders.delete(holder) && holders.size === 0) this.#holds.delete(name);
    }
  }

  /** Throws NO_SUCH_VOLUME. */
  get(name: string): VolumeRecord {
    return this.#options.store.get(name);
  }

  all(): VolumeRecord[] {
    return this.#options.store.all();
  }

  find(name: string): VolumeRecord | undefined {
    return this.#options.store.find(name);
  }

  driverOf(record: VolumeRecord): VolumeDriver {
    return this.#driver(record.driver, `get ${record.name}`);
  }

  async inspect(name: string): Promise<Volume> {
    return this.#view(this.get(name));
  }

  /** Throws invalid for filters other than dangling, driver, label and name. */
  async list(filters: Filters): Promise<Volume[]> {
    checkFilterNames(filters, ['dangling', 'driver', 'label', 'name']);
    const names = filterValues(filters, 'name');
    const dangling = filters.has('dangling') ? booleanFilter(filters, 'dangling', false) : undefined;
    return this.#options.store
      .all()
      .filter(
        ({ name, driver, labels }) =>
          (names.length === 0 || names.some((part) => name.includes(part))) &&
          (!filters.has('driver') || matchesExactly(filters, 'driver', driver)) &&
          matchesLabels(filters, 'label', labels ?? {}) &&
          (dangling === undefined || dangling === (this.#users(name).length === 0)),
      )
      .map((record) => this.#view(record));
  }

  /** Throws NO_SUCH_VOLUME unless forced, VOLUME_IN_USE. */
  async remove(name: string, { force }: { readonly force: boolean }): Promise<void> {
    if (force && !this.find(name)) return;
    await this.#locks.run(name, () => this.#remove(name));
    await this.#options.store.durable();
  }

  async #remove(name: string): Promise<void> {
    const { store, events } = this.#options;
    const record = store.get(name);
    const users = this.#users(name);
    if (users.length > 0) {
      throw fail('VOLUME_IN_USE', `remove ${name}: volume is in use - [${users.join(', ')}]`);
    }
    const driver = this.driverOf(record);
    await driver.unmount(record);
    // The record last: data without a record would be found by nobody.
    await driver.remove(record);
    store.delete(name);
    events.publish('volume', 'destroy', name, { driver: record.driver });
  }

  /** Removes volumes that nobody named and nobody uses any more, of containers that are gone. */
  async removeUnused(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.#locks.run(name, async () => {
        if (this.find(name) && this.#users(name).length === 0) await this.#remove(name);
      });
    }
  }

  /**
   * Removes volumes that no container uses: those without a name of their own, or (filter `all`) every one. With
   * `dryRun` only tells. Throws invalid for filters other than label, label! and all; PRUNE_RUNNING.
   */
  async prune(filters: Filters, options: VolumePruneOptions, signal: AbortSignal): Promise<VolumesPruned> {
    const { dryRun, afterContainers = false } = options;
    checkFilterNames(filters, ['all', 'label', 'label!']);
    const all = booleanFilter(filters, 'all', false);
    const passes = ({ labels }: VolumeRecord) => matchesPruneLabels(filters, labels ?? {});
    if (this.#pruning) throw fail('PRUNE_RUNNING', 'a prune operation is already running');
    this.#pruning = true;
    try {
      const chosen = this.all().filter(
        (record) => (all || record.labels?.[ANONYMOUS_LABEL] !== undefined) && passes(record),
      );
      const gone = dryRun && afterContainers ? this.#options.idle(filters) : [];
      return await this.#prune(chosen, { dryRun, gone: new Set(gone) }, signal);
    } finally {
      this.#pruning = false;
    }
  }

  async #prune(
    chosen: readonly VolumeRecord[],
    { dryRun, gone }: { readonly dryRun: boolean; readonly gone: ReadonlySet<string> },
    signal: AbortSignal,
  ): Promise<VolumesPruned> {
    const deleted: string[] = [];
    let space = 0;
    for (const record of chosen) {
      if (signal.aborted) break;
      if (this.#users(record.name).some((user) => !gone.has(user))) continue;
      const size = await this.driverOf(record).size(record);
      if (!dryRun) await this.removeUnused([record.name]);
      // A container may have taken it while it was measured.
      if (!dryRun && this.find(record.name)) continue;
      space += size;
      deleted.push(record.name);
    }
    if (!dryRun) {
      await this.#options.store.durable();
      this.#options.events.publish('volume', 'prune', '', { reclaimed: String(space) });
    }
    return { VolumesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: space };
  }

  /** All volumes with their sizes and how many containers have them, for `system df`. */
  usage(): Promise<Volume[]> {
    return Promise.all(
      this.all().map(async (record) => ({
        ...this.#view(record),
        UsageData: { Size: await this.driverOf(record).size(record), RefCount: this.#users(record.name).length },
      })),
    );
  }

  #users(name: string): readonly string[] {
    return [...new Set([...this.#options.usersOf(name), ...(this.#holds.get(name) ?? [])])];
  }

  #driver(name: string, what: string): VolumeDriver {
    const driver = this.#options.drivers.find((each) => name === '' || name === 'default' || each.name === name);
    if (driver) return driver;
    const message = `${what}: error looking up volume plugin ${name}: plugin ${JSON.stringify(name)} not found`;
    throw fail('NO_SUCH_VOLUME_DRIVER', message);
  }

  #view(record: VolumeRecord): Volume {
    return {
      CreatedAt: record.created,
      Driver: record.driver,
      Labels: record.labels,
      Mountpoint: this.driverOf(record).path(record),
      Name: record.name,
      Options: record.options,
      Scope: 'local',
    } as Volume;
  }
}

/** Throws BAD_VOLUME_NAME in Docker's words. */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    throw fail('BAD_VOLUME_NAME', 'volume name is too short, names should be at least two alphanumeric characters');
  }
  if (NAME.test(name) && name.length <= MAX_NAME) return;
  const message = `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`;
  throw fail('BAD_VOLUME_NAME', message);
}

function matchesPruneLabels(filters: Filters, labels: Readonly<Record<string, string>>): boolean {
  const unwanted = filterValues(filters, 'label!');
  return (
    matchesLabels(filters, 'label', labels) &&
    (unwanted.length === 0 || !matchesLabels(new Map([['label', unwanted]]), 'label', labels))
  );
}
