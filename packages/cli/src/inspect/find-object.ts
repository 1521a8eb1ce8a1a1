import type { Client } from '@wharf/client';
import { isKind, messageOf } from '@wharf/kit';
import { exitError } from '../errors.ts';
import type { Output } from '../framework/streams.ts';
import type { FoundObject, ObjectType } from './print-objects.ts';

/** How one type is looked up. */
interface Place {
  readonly type: ObjectType;
  readonly path: (name: string) => string;
  readonly query?: Readonly<Record<string, string>>;
  /** Asked only of an engine that manages a swarm, unless the type was named. */
  readonly swarm?: boolean;
}

const under =
  (noun: string, tail = '') =>
  (name: string): string =>
    `/${noun}/${encodeURIComponent(name)}${tail}`;

/** In the order in which a name without a type is looked for. */
const PLACES: readonly Place[] = [
  { type: 'container', path: under('containers', '/json') },
  { type: 'image', path: (name) => `/images/${encodeURI(name)}/json` },
  { type: 'network', path: under('networks') },
  { type: 'volume', path: under('volumes') },
  { type: 'service', path: under('services'), query: { insertDefaults: 'true' }, swarm: true },
  { type: 'task', path: under('tasks'), swarm: true },
  { type: 'node', path: under('nodes'), swarm: true },
  { type: 'plugin', path: (name) => `/plugins/${encodeURI(name)}/json` },
  { type: 'secret', path: under('secrets'), swarm: true },
  { type: 'config', path: under('configs'), swarm: true },
];

export interface FindOptions {
  /** Only objects of this type; empty for any. */
  readonly type: ObjectType | '';
  readonly size: boolean;
  readonly stderr: Output;
  /** Sent with every request. */
  readonly query?: Readonly<Record<string, string>>;
}

/** Looks objects up by name or ID, guessing their types. */
export class ObjectFinder {
  private readonly client: Client;
  private readonly options: FindOptions;

  constructor(client: Client, options: FindOptions) {
    this.client = client;
    this.options = options;
  }

  /** The first object of the name. Throws "No such object" or, for a given type, what the engine says. */
  async find(name: string): Promise<FoundObject> {
    const { type } = this.options;
    let swarm: boolean | undefined;
    for (const place of PLACES) {
      if (type !== '' && place.type !== type) continue;
      if (type === '' && place.swarm === true) {
        swarm ??= await this.managesSwarm();
        if (!swarm) continue;
      }
      try {
        return await this.get(place, name);
      } catch (error) {
        if (type !== '' || !isSkippable(error)) throw error;
      }
    }
    throw exitError(`Error: No such object: ${name}`, 1);
  }

  private async get(place: Place, name: string): Promise<FoundObject> {
    const { size, stderr } = this.options;
    if (name === '') throw exitError(emptyName(place.type), 1);
    const sized = size && place.type === 'container' ? { size: '1' } : {};
    const bytes = await this.client.rawGet(place.path(name), { ...place.query, ...this.options.query, ...sized });
    if (size && place.type !== 'container') stderr.write(`WARNING: --size ignored for ${place.type}\n`);
    return { type: place.type, json: bytes.toString('utf8') };
  }

  private async managesSwarm(): Promise<boolean> {
    try {
      const info = await this.client.systemInfo();
      return info.Swarm?.ControlAvailable ?? false;
    } catch (error) {
      this.options.stderr.write(`${messageOf(error)}\n`);
      return false;
    }
  }
}

/** What is said of an empty name; the path of a request would name the whole list. */
function emptyName(type: ObjectType): string {
  return type === 'image' ? 'Error: No such image: ' : `invalid ${type} name or ID: value is empty`;
}

/** Errors that mean: it may be something of another type. */
function isSkippable(error: unknown): boolean {
  const message = messageOf(error);
  return (
    isKind(error, 'not_found') || message.includes('not supported') || message.includes('invalid reference format')
  );
}
