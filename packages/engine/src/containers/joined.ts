import type { HostConfig } from '@wharf/spec';
import { fail } from '../errors.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerStore } from './store.ts';

export type SharedNamespace = 'network' | 'pid' | 'ipc';

const PREFIX = 'container:';
/** Containers that join containers that join containers: longer chains than this are not followed. */
const MAX_CHAIN = 16;

/** The container that a mode names; undefined when it names none. */
export function joinedKey(mode: string | undefined): string | undefined {
  return mode?.startsWith(PREFIX) ? mode.slice(PREFIX.length) : undefined;
}

/** Containers that live in other containers' namespaces. */
export class Joined {
  readonly #store: Pick<ContainerStore, 'get'>;

  constructor(store: Pick<ContainerStore, 'get'>) {
    this.#store = store;
  }

  /** Names become IDs, so that a later rename changes nothing. Throws BAD_CONFIG: with 404 clients would take the image for missing. */
  resolve(hostConfig: HostConfig): HostConfig {
    const fixed = (mode: string | undefined, prefix = '') => {
      const key = joinedKey(mode);
      return key === undefined ? mode : `${PREFIX}${this.#find(key, prefix).id}`;
    };
    return {
      ...hostConfig,
      NetworkMode: fixed(hostConfig.NetworkMode, 'joining network namespace of container: '),
      IpcMode: fixed(hostConfig.IpcMode),
      PidMode: fixed(hostConfig.PidMode),
    } as HostConfig;
  }

  #find(key: string, prefix: string): ContainerRecord {
    try {
      return this.#store.get(key);
    } catch (cause) {
      throw fail('BAD_CONFIG', `${prefix}No such container: ${key}`, { cause });
    }
  }

  /** Process whose namespace is shared. Throws NOT_RUNNING, and for private IPC BAD_CONFIG, in Docker's words. */
  pidOf(key: string, namespace: SharedNamespace): number {
    const donor = this.#store.get(key);
    const { status, pid } = donor.state;
    if (namespace === 'network') {
      const message = `cannot join network namespace of a non running container: container ${donor.name} is ${status}`;
      if (status !== 'running') throw fail('NOT_RUNNING', message);
      return pid;
    }
    const start = `failed to join ${namespace.toUpperCase()} namespace: container ${donor.id}`;
    if (status !== 'running') throw fail('NOT_RUNNING', `${start} is not running`);
    if (namespace === 'ipc' && !/^(shareable|host|container:.*)$/.test(donor.hostConfig.IpcMode ?? '')) {
      throw fail('BAD_CONFIG', `${start}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`);
    }
    return pid;
  }

  /** The container whose hosts, hostname and resolv.conf a container sees: the one that has the network. */
  networkOwner(record: ContainerRecord): ContainerRecord {
    let owner = record;
    for (let step = 0; step < MAX_CHAIN; step += 1) {
      const key = joinedKey(owner.hostConfig.NetworkMode);
      if (key === undefined) return owner;
      owner = this.#store.get(key);
    }
    return owner;
  }
}
