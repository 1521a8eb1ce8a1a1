import { checkFilterNames, type Filters, filterValues, matchesLabels, matchesPattern } from '@wharf/spec';
import { fail } from '../errors.ts';
import { mountsOf } from '../mounts/mounts-of.ts';
import { portsOfFilter } from './port-filter.ts';
import type { ImagePort } from './ports.ts';
import { type ContainerRecord, shownStatus } from './record.ts';
import { networkKind } from './starter.ts';
import type { ContainerStore } from './store.ts';

const NAMES = [
  'ancestor',
  'before',
  'expose',
  'exited',
  'health',
  'id',
  'isolation',
  'is-task',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'];
const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

/** Throws BAD_CONFIG for filters or values that do not exist. */
export function checkContainerFilters(filters: Filters): void {
  checkFilterNames(filters, NAMES);
  for (const status of filterValues(filters, 'status')) {
    if (STATUSES.includes(status)) continue;
    const known = STATUSES.join(', ');
    throw fail(
      'BAD_CONFIG',
      `invalid filter 'status=${status}': invalid value for state (${status}): must be one of ${known}`,
    );
  }
  for (const code of filterValues(filters, 'exited')) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(code)}: invalid syntax`;
    if (!/^-?\d+$/.test(code)) throw fail('BAD_CONFIG', `invalid filter 'exited=${code}': ${reason}`);
  }
  for (const health of filterValues(filters, 'health')) {
    if (HEALTHS.includes(health)) continue;
    const message = `invalid filter 'health=${health}': invalid value for health (${health}): must be one of ${HEALTHS.join(', ')}`;
    throw fail('BAD_CONFIG', message);
  }
  for (const key of ['publish', 'expose']) {
    for (const value of filterValues(filters, key)) portsOfFilter(key, value);
  }
  for (const task of filterValues(filters, 'is-task')) {
    if (!/^(1|t|true|0|f|false)$/i.test(task)) throw fail('BAD_CONFIG', `invalid filter 'is-task=[${task}]'`);
  }
}

function ancestors(filters: Filters, images: ImagePort): Set<string> {
  return new Set(
    filterValues(filters, 'ancestor').flatMap((name) => {
      try {
        return [images.find(name).id];
      } catch {
        // Docker answers with nothing, not with an error, for an image that is not there.
        return [];
      }
    }),
  );
}

/** Whether a container passes the filters of GET /containers/json. */
export function containerFilter(
  filters: Filters,
  store: ContainerStore,
  images: ImagePort,
): (record: ContainerRecord) => boolean {
  const from = ancestors(filters, images);
  const moment = (name: string) => filterValues(filters, name).map((key) => store.get(key).created)[0];
  const [before, since] = [moment('before'), moment('since')];
  const exposed = new Set(filterValues(filters, 'expose').flatMap((value) => [...portsOfFilter('expose', value)]));
  const any = (name: string, test: (value: string) => boolean) => {
    const values = filterValues(filters, name);
    return values.length === 0 || values.some(test);
  };
  return (record) =>
    any('id', (value) => record.id.startsWith(value)) &&
    any('name', (value) =>
      matchesPattern(
        new Map([['name', [value.replace(/^\^?\//, (text) => text.replace('/', ''))]]]),
        'name',
        record.name,
      ),
    ) &&
    any('status', (value) => shownStatus(record.state) === value) &&
    any('exited', (value) => record.state.status === 'exited' && record.state.exitCode === Number(value)) &&
    any('health', (value) => value === (record.state.health?.status ?? 'none')) &&
    any('network', (value) => networkKind(record.hostConfig.NetworkMode) === value) &&
    any('volume', (value) =>
      mountsOf(record).some(({ source, name, destination }) => (name ?? source) === value || destination === value),
    ) &&
    (exposed.size === 0 || Object.keys(record.config.ExposedPorts ?? {}).some((port) => exposed.has(port))) &&
    any('publish', () => false) &&
    any('is-task', (value) => value === 'false' || value === '0') &&
    (filterValues(filters, 'ancestor').length === 0 || from.has(record.imageId)) &&
    (before === undefined || record.created < before) &&
    (since === undefined || record.created > since) &&
    matchesLabels(filters, 'label', record.config.Labels);
}
