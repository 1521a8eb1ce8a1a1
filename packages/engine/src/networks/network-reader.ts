import { checkFilterNames, type Filters, filterValues, matchesLabels } from '@wharf/spec';
import { pruneFilter } from '../containers/prune.ts';
import type { ContainerStore } from '../containers/store.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';

/** A network in the form of the API, as far as filters look at it. */
export interface NetworkView {
  readonly Name: string;
  readonly Id: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** The networks there are, in the form of the API. */
export interface NetworkSource {
  list(): readonly NetworkView[];
  /** Throws NO_SUCH_NETWORK. */
  inspect(
    nameOrId: string,
    containers: readonly { readonly id: string; readonly name: string; readonly sandbox: string }[],
  ): NetworkView;
}

export interface NetworkReaderOptions {
  readonly source: NetworkSource;
  readonly store: ContainerStore;
  readonly events: EventService;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const FILTERS = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type'];

/** The noun "network" as far as it is there: the predefined networks can be looked at. */
export class NetworkReader {
  readonly #options: NetworkReaderOptions;

  constructor(options: NetworkReaderOptions) {
    this.#options = options;
  }

  /** Throws INVALID_FILTER, BAD_CONFIG. */
  async list(filters: Filters): Promise<NetworkView[]> {
    checkFilterNames(filters, FILTERS);
    const passes = networkFilter(filters);
    return this.#options.source.list().filter((network) => passes(network));
  }

  /** By name, full ID or unambiguous beginning of an ID, with the containers on it. Throws NO_SUCH_NETWORK. */
  async inspect(key: string): Promise<NetworkView> {
    const running = this.#options.store.all().filter(({ sandbox }) => sandbox !== '');
    return this.#options.source.inspect(key, running);
  }

  /** The predefined networks always stay. Throws INVALID_FILTER, BAD_CONFIG. */
  async prune(filters: Filters, { dryRun }: { readonly dryRun: boolean }): Promise<{ NetworksDeleted: null }> {
    checkFilterNames(filters, ['label', 'label!', 'until']);
    pruneFilter(filters, this.#options.now());
    if (!dryRun) this.#options.events.publish('network', 'prune', '', { reclaimed: '0' });
    return { NetworksDeleted: null };
  }
}

/** Docker's rules: names and IDs match when they contain the text; all networks here are built in and used. */
function networkFilter(filters: Filters): (network: NetworkView) => boolean {
  const [type, dangling] = [filterValues(filters, 'type')[0], filterValues(filters, 'dangling')[0]];
  if (type !== undefined && type !== 'builtin' && type !== 'custom') {
    throw fail('BAD_CONFIG', `invalid filter: 'type'='${type}'`);
  }
  if (dangling !== undefined && !/^(0|1|true|false)$/i.test(dangling)) {
    throw fail('BAD_CONFIG', `invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`);
  }
  if (type === 'custom' || /^(1|true)$/i.test(dangling ?? '')) return () => false;
  const any = (name: string, fits: (value: string) => boolean) => {
    const values = filterValues(filters, name);
    return values.length === 0 || values.some(fits);
  };
  return ({ Name, Id, Driver, Scope, Labels }) =>
    any('driver', (value) => value === Driver) &&
    any('scope', (value) => value === Scope) &&
    any('name', (value) => Name.includes(value)) &&
    any('id', (value) => Id.includes(value)) &&
    matchesLabels(filters, 'label', Labels);
}
