import { EventBus } from '@wharf/kit';
import type { ContainerConfig, EventMessage, WharfConfig } from '@wharf/spec';
import { type ContainerRecord, freshState } from '../containers/record.ts';

/** A running container's record, with what a test wants of it. */
export function runningRecord(config: ContainerConfig, wharf?: WharfConfig): ContainerRecord {
  return {
    id: 'c1',
    name: 'one',
    created: '2026-01-01T00:00:00.000000000Z',
    imageId: 'sha256:1',
    platform: 'linux',
    config,
    hostConfig: {},
    networkingConfig: {},
    ...(wharf ? { wharf } : {}),
    path: 'true',
    args: [],
    state: { ...freshState(), status: 'running', pid: 7, startedAt: new Date().toISOString() },
    restartCount: 0,
    stoppedByUser: false,
    sandbox: 's1',
  };
}

/** A store of one container and an event bus that remembers; both in memory. */
export function oneContainer(record: ContainerRecord) {
  const bus = new EventBus<EventMessage>((error) => {
    throw error;
  });
  const published: string[] = [];
  const saved: string[] = [];
  return {
    published,
    saved,
    store: {
      find: (id: string) => (id === record.id ? record : undefined),
      all: () => [record],
      save: (changed: ContainerRecord) => void saved.push(JSON.stringify(changed.state.health)),
    },
    events: {
      subscribe: (listener: (event: EventMessage) => void) => bus.subscribe(listener),
      publish: (Type: EventMessage['Type'], Action: string, ID: string, Attributes: Record<string, string>) => {
        published.push(Action);
        bus.publish({ Type, Action, Actor: { ID, Attributes }, scope: 'local', time: 0, timeNano: 0 });
      },
    },
  };
}

/** Resolves when the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
