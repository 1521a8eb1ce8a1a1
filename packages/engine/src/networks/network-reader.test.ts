import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filters } from '@wharf/spec';
import type { ContainerStore } from '../containers/store.ts';
import type { EventService } from '../events/event-service.ts';
import { NetworkReader, type NetworkSource } from './network-reader.ts';

const network = (Name: string, Driver: string, Id: string) => ({ Name, Driver, Id, Scope: 'local', Labels: {} });
const ALL = [network('bridge', 'bridge', 'b1'), network('host', 'host', 'h2'), network('none', 'null', 'n3')];

function reader(published: string[] = []) {
  return new NetworkReader({
    source: { list: () => ALL, inspect: () => ALL[0] } as unknown as NetworkSource,
    store: { all: () => [] } as unknown as ContainerStore,
    events: {
      publish: (type: string, action: string) => published.push(`${type} ${action}`),
    } as unknown as EventService,
    now: () => 0,
  });
}

const filters = (entries: Readonly<Record<string, readonly string[]>>): Filters => new Map(Object.entries(entries));

test('filters match as in Docker', async () => {
  const names = async (entries: Readonly<Record<string, readonly string[]>>) =>
    (await reader().list(filters(entries))).map(({ Name }) => Name);
  assert.deepEqual(await names({}), ['bridge', 'host', 'none']);
  assert.deepEqual(await names({ driver: ['host', 'null'] }), ['host', 'none']);
  assert.deepEqual(await names({ name: ['o'] }), ['host', 'none']);
  assert.deepEqual(await names({ id: ['b'] }), ['bridge']);
  assert.deepEqual(await names({ type: ['custom'] }), []);
  assert.deepEqual(await names({ type: ['builtin'], scope: ['local'] }), ['bridge', 'host', 'none']);
  assert.deepEqual(await names({ dangling: ['true'] }), []);
  assert.deepEqual(await names({ label: ['a'] }), []);
  await assert.rejects(names({ type: ['x'] }), /invalid filter: 'type'='x'/);
  await assert.rejects(names({ dangling: ['x'] }), /must be "true"/);
  await assert.rejects(names({ nope: ['x'] }), /invalid filter 'nope'/);
});

test('a prune takes none of the predefined; a dry run is not told of', async () => {
  const published: string[] = [];
  const networks = reader(published);
  assert.deepEqual(await networks.prune(filters({}), { dryRun: true }), { NetworksDeleted: null });
  assert.deepEqual(published, []);
  assert.deepEqual(await networks.prune(filters({ until: ['1h'] }), { dryRun: false }), { NetworksDeleted: null });
  assert.deepEqual(published, ['network prune']);
  await assert.rejects(networks.prune(filters({ driver: ['x'] }), { dryRun: false }), /invalid filter 'driver'/);
});
