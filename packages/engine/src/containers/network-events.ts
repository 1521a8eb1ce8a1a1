import type { EventService } from '../events/event-service.ts';
import type { NetworkPort } from './ports.ts';
import type { ContainerRecord } from './record.ts';
import { networkKind } from './starter.ts';

const DRIVERS = { bridge: 'bridge', none: 'null', host: 'host' } as const;

/** Tells that a container has joined or left its network; one that shares another container's has none of its own. */
export class NetworkEvents {
  readonly #events: EventService;
  readonly #network: NetworkPort;

  constructor(events: EventService, network: NetworkPort) {
    this.#events = events;
    this.#network = network;
  }

  publish(action: 'connect' | 'disconnect', record: ContainerRecord): void {
    const name = networkKind(record.hostConfig.NetworkMode);
    if (name === 'container') return;
    const attributes = { container: record.id, name, type: DRIVERS[name] };
    this.#events.publish('network', action, this.#network.networkId(name), attributes);
  }
}
