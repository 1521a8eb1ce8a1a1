import type { IdMaps } from '@wharf/runtime';
import type { ContainerConfig, HostConfig, OciIdMapping } from '@wharf/spec';
import type { EngineConfig } from '../config.ts';
import { joinedKey } from '../containers/joined.ts';
import type { ContainerRecord } from '../containers/record.ts';
import { refuse } from '../containers/refuse.ts';
import { fail } from '../errors.ts';
import { allotRange, hostIdOf, type IdRange, mapAround } from './id-ranges.ts';
import { neededIds } from './image-size.ts';
import { parseUsernsMode, type UsernsMode } from './mode.ts';
import { Subordinates } from './subordinates.ts';

export interface UsernsOptions {
  /** The IDs of containers that do not say otherwise; undefined when those are the host's. */
  readonly remap: IdMaps | undefined;
  /** Whose subordinate IDs `auto` hands out. */
  readonly autoUser: string;
  readonly host: Subordinates;
  readonly store: { all(): readonly ContainerRecord[]; get(key: string): ContainerRecord };
}

/** What a new container is: what was asked for, and whose IDs are to be kept. */
export interface NewContainer {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** `uid:gid` of who asks, as the client tells. */
  readonly caller: string | undefined;
  readonly files: () => { readonly passwd: string; readonly group: string };
}

/** IDs that a container keeps for its life. */
export interface AllottedIds {
  readonly idMaps: IdMaps;
  /** Who its process is when nobody said. */
  readonly user?: string;
}

/** The user namespace of one start. */
export interface ChosenUserns {
  readonly idMaps: IdMaps;
  /** The running container whose user namespace it is; undefined for one of its own. */
  readonly of?: ContainerRecord;
}

const EVERY_ID = [{ containerID: 0, hostID: 0, size: 2 ** 32 - 1 }];
const KEPT_COUNT = 65_536;
const NOTHING: IdMaps = { uid: [], gid: [] };

/** User namespaces: who gets one, with which IDs. */
export class UsernsService {
  readonly #options: UsernsOptions;
  /** Allotted to containers whose records are not in the store yet. */
  readonly #pending = new Map<string, IdMaps>();

  constructor(options: UsernsOptions) {
    this.#options = options;
  }

  /** On this host, as the engine is configured. */
  static of(
    { usernsRemap: remap, usernsAutoUser: autoUser }: EngineConfig,
    store: UsernsOptions['store'],
  ): UsernsService {
    return new UsernsService({ remap, autoUser, host: new Subordinates(), store });
  }

  /** Whether such a container has a user namespace that is not the host's. */
  applies(hostConfig: HostConfig): boolean {
    const { kind } = parseUsernsMode(hostConfig.UsernsMode ?? '');
    if (kind === 'host') return false;
    return (
      kind !== 'engine' ||
      this.#donor(hostConfig)?.idMaps !== undefined ||
      (this.#options.remap !== undefined && !this.#donor(hostConfig))
    );
  }

  /** What cannot go together with a user namespace. Throws BAD_CONFIG in Docker's words. */
  check(hostConfig: HostConfig): void {
    const mode = parseUsernsMode(hostConfig.UsernsMode ?? '');
    if (!this.applies(hostConfig)) return;
    if (hostConfig.Privileged) {
      refuse(
        'privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode',
      );
    }
    for (const [shared, what] of [
      [hostConfig.NetworkMode, "host's network namespace"],
      [hostConfig.PidMode, 'host PID namespace'],
    ]) {
      if (shared === 'host') refuse(`cannot share the ${what} when user namespaces are enabled`);
    }
    const donor = this.#donor(hostConfig);
    if (donor && mode.kind !== 'engine') {
      refuse(
        `a container in a user namespace of its own (--userns ${hostConfig.UsernsMode}) cannot join the namespaces of another: those of ${donor.name} belong to the user namespace that it is in`,
      );
    }
  }

  /** IDs for a container that is about to be added to the store. Undefined unless it wants its own. Throws NO_FREE_IDS, BAD_CONFIG. */
  allot(id: string, container: NewContainer): AllottedIds | undefined {
    const allotted = this.#allot(container);
    if (allotted) this.#pending.set(id, allotted.idMaps);
    return allotted;
  }

  /** The record is in the store, or will never be. */
  settle(id: string): void {
    this.#pending.delete(id);
  }

  #allot({ config, hostConfig, caller, files }: NewContainer): AllottedIds | undefined {
    const mode = parseUsernsMode(hostConfig.UsernsMode ?? '');
    if (mode.kind === 'auto') {
      const size = mode.size ?? neededIds(files(), config.User ?? '');
      return { idMaps: this.#around(size, { uid: mode.uidmapping ?? [], gid: mode.gidmapping ?? [] }) };
    }
    return mode.kind === 'keep-id' ? this.#keep(mode, config, caller) : undefined;
  }

  #keep(mode: UsernsMode & { kind: 'keep-id' }, config: ContainerConfig, caller: string | undefined): AllottedIds {
    const [hostUid = -1, hostGid = -1] = /^\d{1,10}:\d{1,10}$/.test(caller ?? '')
      ? (caller ?? '').split(':').map(Number)
      : [];
    if (hostUid < 0) refuse('keep-id: the client does not say whose ID is to be kept (Wharf.Caller, "uid:gid")');
    const { uid = hostUid, gid = hostGid } = mode;
    const user = config.User ? {} : { user: `${uid}:${gid}` };
    // Root keeps all: there is nothing to keep from it.
    if (hostUid === 0 && uid === 0 && gid === 0) return { idMaps: { uid: EVERY_ID, gid: EVERY_ID }, ...user };
    const { host } = this.#options;
    const account = host.user(String(hostUid));
    const owners = [String(hostUid), ...(account ? [account.name] : [])];
    let [uids, gids] = [host.uids(owners), host.gids(owners)];
    if (uids.length === 0 || gids.length === 0) {
      const free = this.#free({ uid: KEPT_COUNT, gid: KEPT_COUNT });
      [uids, gids] = [free.uid, free.gid];
    }
    const one = (containerID: number, hostID: number) => [{ containerID, hostID, size: 1 }];
    return { idMaps: { uid: mapAround(uids, one(uid, hostUid)), gid: mapAround(gids, one(gid, hostGid)) }, ...user };
  }

  /** `size` IDs, of which some are fixed. */
  #around(size: number, fixed: IdMaps): IdMaps {
    const rest = (parts: readonly OciIdMapping[]) =>
      parts.reduce(
        (left, part) => left - Math.max(0, Math.min(part.containerID + part.size, size) - part.containerID),
        size,
      );
    const free = this.#free({ uid: rest(fixed.uid), gid: rest(fixed.gid) }, fixed);
    return { uid: mapAround(free.uid, fixed.uid), gid: mapAround(free.gid, fixed.gid) };
  }

  /** Ranges that no container has: what is allotted is what the records say, so it is free when a record is removed. */
  #free(count: { readonly uid: number; readonly gid: number }, fixed: IdMaps = NOTHING) {
    const { host, autoUser, store } = this.#options;
    const account = host.user(autoUser);
    const owners = [autoUser, ...(account ? [account.name, String(account.id)] : [])];
    const maps = [...store.all().flatMap(({ idMaps }) => idMaps ?? []), ...this.#pending.values()];
    const one = (file: 'subuid' | 'subgid', pool: readonly IdRange[], used: readonly IdRange[]) => {
      const size = count[file === 'subuid' ? 'uid' : 'gid'];
      if (size === 0) return [];
      if (pool.length === 0) {
        throw fail(
          'NO_FREE_IDS',
          `--userns auto: no ${file} ranges found for user "${autoUser}" in /etc/${file}; add a line such as ${autoUser}:2147483648:1073741824 to it`,
        );
      }
      const range = allotRange(pool, used, size);
      if (range) return [range];
      throw fail(
        'NO_FREE_IDS',
        `--userns auto: not enough unused IDs for ${size} in the ${file} ranges of user "${autoUser}"`,
      );
    };
    const taken = (kind: 'uid' | 'gid') => [
      ...maps.flatMap((other) => hostRanges(other[kind])),
      ...hostRanges(fixed[kind]),
    ];
    return { uid: one('subuid', host.uids(owners), taken('uid')), gid: one('subgid', host.gids(owners), taken('gid')) };
  }

  /** The user namespace that the container starts in, noted in its record; undefined for the host's. Throws BAD_CONFIG. */
  forStart(record: ContainerRecord): ChosenUserns | undefined {
    const chosen = this.#choose(record);
    if (chosen) record.idMaps = chosen.idMaps;
    else delete record.idMaps;
    return chosen;
  }

  /** The IDs that the container has when it runs, as far as that can be said now; undefined for the host's. */
  idMapsOf(record: ContainerRecord): IdMaps | undefined {
    try {
      return this.#choose(record)?.idMaps;
    } catch {
      // Whose namespaces it joins is gone: it cannot start, but its files are there.
      return record.idMaps;
    }
  }

  #choose(record: ContainerRecord): ChosenUserns | undefined {
    const { kind } = parseUsernsMode(record.hostConfig.UsernsMode ?? '');
    if (kind === 'host') return undefined;
    if (kind !== 'engine') return record.idMaps ? { idMaps: record.idMaps } : undefined;
    const donor = this.#donor(record.hostConfig);
    if (donor) return donor.idMaps ? { idMaps: donor.idMaps, of: donor } : undefined;
    return this.#options.remap ? { idMaps: this.#options.remap } : undefined;
  }

  /**
   * The container in whose namespaces this one lives: to share a network, IPC or PID namespace, the user namespace that
   * it belongs to has to be shared too.
   */
  #donor({ NetworkMode, IpcMode, PidMode }: HostConfig): ContainerRecord | undefined {
    const keys = [NetworkMode, IpcMode, PidMode].map(joinedKey).filter((key) => key !== undefined);
    const donors = keys.map((key) => this.#options.store.get(key));
    const first = donors[0];
    const odd = donors.find((donor) => donor.id !== first?.id && (donor.idMaps || first?.idMaps));
    if (first && odd)
      refuse(`cannot join the namespaces of ${first.name} and of ${odd.name}: they are in different user namespaces`);
    return first;
  }
}

function hostRanges(maps: readonly OciIdMapping[]): IdRange[] {
  return maps.map(({ hostID, size }) => ({ start: hostID, count: size }));
}

/** Layers with mapped IDs are our own runtime's work. */
export function noUserns(runtime: string): Error {
  return fail('NOT_SUPPORTED', `user namespaces are not offered with the runtime ${runtime}`);
}

/** Who the container's root is on the host. Throws START_FAILED when it is nobody. */
export function rootOf({ uid, gid }: IdMaps): { readonly rootUid: number; readonly rootGid: number } {
  const [rootUid, rootGid] = [hostIdOf(uid, 0), hostIdOf(gid, 0)];
  if (rootUid === undefined || rootGid === undefined) throw fail('BAD_CONFIG', 'the user namespace has no root');
  return { rootUid, rootGid };
}
