import { type Clock, type Database, EventBus, type Schema } from '@wharf/kit';
import { checkFilterNames, type EventMessage, type Filters, filterValues, matchesLabels } from '@wharf/spec';

/** How many past events can be asked for. */
const KEPT = 2048;

const FILTERS = [
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
];

export const eventsSchema: Schema = {
  area: 'events',
  steps: [
    'CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, event TEXT NOT NULL) STRICT',
  ],
};

/** What happened, in order: kept in the database, told live. */
export class EventService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #bus: EventBus<EventMessage>;
  readonly #onError: (error: unknown) => void;
  #sinceTrim = 0;

  constructor(database: Database, clock: Clock, onError: (error: unknown) => void) {
    this.#database = database;
    this.#clock = clock;
    this.#onError = onError;
    this.#bus = new EventBus(onError);
  }

  /**
   * Publishes one event. `type` is container, image, network, volume, daemon or builder; unless it is `kept` it cannot be
   * asked for later.
   */
  publish(
    type: 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder',
    action: string,
    id: string,
    attributes: Record<string, string>,
    kept = true,
  ): void {
    const nanos = this.#clock.nowNanos();
    const event: EventMessage = {
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope: 'local',
      time: Number(nanos / 1_000_000_000n),
      timeNano: Number(nanos),
    };
    try {
      if (kept) this.#keep(nanos, event);
    } catch (error) {
      // An event that cannot be kept is still told; it must not stop what it tells of.
      this.#onError(error);
    }
    this.#bus.publish(event);
  }

  #keep(nanos: bigint, event: EventMessage): void {
    this.#database.run('INSERT INTO events (time, event) VALUES (?, ?)', nanos, JSON.stringify(event));
    this.#sinceTrim += 1;
    if (this.#sinceTrim < 256) return;
    this.#sinceTrim = 0;
    this.#database.run('DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?', KEPT);
  }

  /** Every event from now on; returns the function that ends it. */
  subscribe(listener: (event: EventMessage) => void): () => void {
    return this.#bus.subscribe(listener);
  }

  /** Kept events between two times (nanoseconds), oldest first. */
  past(since: bigint, until: bigint): EventMessage[] {
    const rows = this.#database.all(
      'SELECT event FROM events WHERE time >= ? AND time <= ? ORDER BY seq',
      since,
      until,
    );
    return rows.map((row) => JSON.parse(String(row['event'])) as EventMessage);
  }
}

/** Throws for a filter that events do not know. */
export function checkEventFilters(filters: Filters): void {
  checkFilterNames(filters, FILTERS);
}

/** Whether an event passes the client's filters (docker events --filter). */
export function matchesEvent(event: EventMessage, filters: Filters): boolean {
  const any = (name: string, test: (value: string) => boolean) => {
    const values = filterValues(filters, name);
    return values.length === 0 || values.some(test);
  };
  const { ID, Attributes } = event.Actor;
  const actor = (type: string) => (value: string) =>
    (event.Type === type || (type === 'image' && event.Type === 'container')) &&
    (type === 'image'
      ? [ID, Attributes['name'], Attributes['image']].some((name) => name === value || name?.split(':')[0] === value)
      : ID === value || ID.startsWith(value) || Attributes['name'] === value);
  return (
    any('type', (value) => event.Type === value) &&
    any('event', (value) => event.Action === value || event.Action.startsWith(`${value}:`)) &&
    any('scope', (value) => event.scope === value) &&
    ['container', 'network', 'volume', 'image', 'daemon', 'plugin'].every((type) => any(type, actor(type))) &&
    matchesLabels(filters, 'label', Attributes)
  );
}
