import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Database, systemClock } from '@wharf/kit';
import type { Program } from '@wharf/linux';
import { EventService, eventsSchema } from '../events/event-service.ts';
import { LocalDriver } from './local-driver.ts';
import { parseMountFlags } from './mount-flags.ts';
import { mountOf, parseMountTable } from './mount-table.ts';
import { ANONYMOUS_LABEL, volumesSchema } from './record.ts';
import { VolumeStore } from './store.ts';
import { VolumeService } from './volume-service.ts';

const root = mkdtempSync(join(tmpdir(), 'wharf-volumes-'));
after(() => rmSync(root, { recursive: true }));
const never = new AbortController().signal;

/** A service on a database and a directory of its own. */
function world(users: Readonly<Record<string, readonly string[]>> = {}) {
  const directory = mkdtempSync(join(root, 'w-'));
  const database = new Database(join(directory, 'w.db'), [volumesSchema, eventsSchema]);
  const clock = systemClock();
  const programs: Program[] = [];
  const runner = {
    run: (program: Program) => {
      programs.push(program);
      return Promise.resolve([]);
    },
  };
  const lookup = (host: string) =>
    host === 'files' ? Promise.resolve('192.0.2.1') : Promise.reject(new TypeError('who?'));
  const driver = new LocalDriver({
    root: join(directory, 'volumes'),
    runner,
    usage: () => Promise.resolve(100),
    lookup,
  });
  const make = () =>
    new VolumeService({
      store: new VolumeStore(database),
      drivers: [driver],
      events: new EventService(database, clock, () => {}),
      clock,
      usersOf: (name) => users[name] ?? [],
      idle: () => ['idle'],
    });
  return { directory, service: make(), again: make, programs };
}

test('a volume is there until it is removed, also for the next engine', async () => {
  const { directory, service, again } = world();
  const made = await service.create({ name: 'data', labels: { a: 'b' } });
  assert.equal(made.Mountpoint, join(directory, 'volumes/data/_data'));
  assert.deepEqual(await service.create({ name: 'data' }), made);
  assert.deepEqual(await again().inspect('data'), made);
  writeFileSync(join(made.Mountpoint, 'file'), '');
  await service.remove('data', { force: false });
  assert.deepEqual(readdirSync(join(directory, 'volumes')), []);
  await assert.rejects(service.inspect('data'), { code: 'NO_SUCH_VOLUME', message: 'get data: no such volume' });
  await service.remove('data', { force: true });
});

for (const [request, code, message] of [
  [{ name: 'a/b' }, 'BAD_VOLUME_NAME', /^create a\/b: "a\/b" includes invalid characters/],
  [{ name: '../up' }, 'BAD_VOLUME_NAME', /includes invalid characters/],
  [{ name: 'x' }, 'BAD_VOLUME_NAME', /volume name is too short/],
  [{ name: 'x'.repeat(256) }, 'BAD_VOLUME_NAME', /includes invalid characters/],
  [{ name: 'ok', driver: 'nope' }, 'NO_SUCH_VOLUME_DRIVER', /plugin "nope" not found/],
  [{ name: 'ok', options: { foo: 'bar' } }, 'BAD_VOLUME_OPTION', /^create ok: invalid option: "foo"$/],
  [{ name: 'ok', options: { o: 'bind' } }, 'BAD_VOLUME_OPTION', /^create ok: missing required option: "device"$/],
  [{ name: 'ok', options: { size: '1m' } }, 'BAD_VOLUME_OPTION', /quota size requested but no quota support/],
] as const) {
  test(`no volume is made of ${JSON.stringify(request).slice(0, 60)}`, async () => {
    const { directory, service } = world();
    await assert.rejects(service.create(request), { code, message });
    assert.deepEqual(existsSync(join(directory, 'volumes')) ? readdirSync(join(directory, 'volumes')) : [], []);
  });
}

test('what a container has, or is being made with, stays', async () => {
  const { service } = world({ used: ['c1', 'c2'] });
  await service.create({ name: 'used' });
  const message = 'remove used: volume is in use - [c1, c2]';
  await assert.rejects(service.remove('used', { force: true }), { code: 'VOLUME_IN_USE', message });
  await service.ensure({ name: 'held' }, 'new');
  await assert.rejects(service.remove('held', { force: false }), { code: 'VOLUME_IN_USE' });
  service.release('new');
  await service.remove('held', { force: false });
});

test('a prune takes what nobody named and nobody uses; a dry run only tells', async () => {
  const { service } = world({ kept: ['c1'], resting: ['idle'] });
  for (const name of ['named', 'kept', 'resting']) await service.create({ name, labels: { [`is-${name}`]: '' } });
  const { Name: anonymous } = await service.create({});
  const all = new Map([['all', ['true']]]);
  const names = async (filters: Map<string, string[]>, options: { dryRun: boolean; afterContainers?: boolean }) =>
    (await service.prune(filters, options, never)).VolumesDeleted;
  assert.deepEqual(await service.prune(new Map(), { dryRun: true }, never), {
    VolumesDeleted: [anonymous],
    SpaceReclaimed: 100,
  });
  assert.deepEqual((await names(all, { dryRun: true }))?.toSorted(), [anonymous, 'named'].toSorted());
  const later = await names(all, { dryRun: true, afterContainers: true });
  assert.deepEqual(later?.toSorted(), [anonymous, 'named', 'resting'].toSorted());
  assert.deepEqual(await names(new Map([...all, ['label', ['is-named']]]), { dryRun: false }), ['named']);
  assert.equal(await names(new Map([['label!', [ANONYMOUS_LABEL]]]), { dryRun: false }), null);
  assert.deepEqual(await names(new Map(), { dryRun: false }), [anonymous]);
  await assert.rejects(service.prune(new Map([['until', ['1h']]]), { dryRun: true }, never), {
    code: 'INVALID_FILTER',
  });
});

test('lists can be narrowed by name, label, driver, and to what nobody uses', async () => {
  const { service } = world({ busy: ['c1'] });
  await service.create({ name: 'busy' });
  await service.create({ name: 'lazy', labels: { a: 'b' } });
  const list = async (name: string, value: string) =>
    (await service.list(new Map([[name, [value]]]))).map(({ Name }) => Name);
  assert.deepEqual(await list('name', 'az'), ['lazy']);
  assert.deepEqual(await list('label', 'a=b'), ['lazy']);
  assert.deepEqual(await list('dangling', 'true'), ['lazy']);
  assert.deepEqual(await list('dangling', '0'), ['busy']);
  assert.deepEqual(await list('driver', 'other'), []);
  await assert.rejects(service.list(new Map([['x', []]])), { code: 'INVALID_FILTER' });
});

test('options of a volume are mounted with the calls that the kernel wants', async () => {
  const { directory, service, programs } = world();
  const options = { type: 'none', device: '/src', o: 'bind,ro,rshared' };
  const record = await service.ensure({ name: 'bound', options });
  await service.driverOf(record).mount(record);
  const target = join(directory, 'volumes/bound/_data');
  assert.deepEqual(
    programs.flat().map(({ op }) => op),
    [
      { op: 'MOUNT', source: '/src', target, fstype: 'none', flags: 4096 | 1, data: '' },
      { op: 'MOUNT', source: '', target, fstype: '', flags: 4096 | 32 | 1, data: '' },
      { op: 'MOUNT', source: '', target, fstype: '', flags: (1 << 20) | 16384, data: '' },
    ],
  );
});

test('of a network file system the address is looked up, and errors show no password', async () => {
  const { service, programs } = world();
  const mount = async (name: string, type: string, o: string) => {
    const record = await service.ensure({ name, options: { type, device: ':/x', o } });
    await service.driverOf(record).mount(record);
  };
  await mount('nfs', 'nfs', 'addr=files,rw,soft');
  assert.match(JSON.stringify(programs.at(-1)), /"data":"addr=192\.0\.2\.1,soft"/);
  await mount('plain', 'nfs', 'addr=192.0.2.9');
  assert.match(JSON.stringify(programs.at(-1)), /"data":"addr=192\.0\.2\.9"/);
  const message = 'error resolving passed in network volume address: who?';
  await assert.rejects(mount('lost', 'nfs', 'addr=lost'), { code: 'VOLUME_MOUNT', message });
});

test('mount options are flags, or the own of the file system', () => {
  assert.deepEqual(parseMountFlags('nosuid,noexec,size=1m,uid=5,suid'), { flags: 8, data: 'size=1m,uid=5', after: [] });
  assert.deepEqual(parseMountFlags(''), { flags: 0, data: '', after: [] });
});

test('the mount that a path lies on, and how mounts travel there', () => {
  const table = parseMountTable(
    [
      '1 0 8:1 / / rw shared:1 - ext4 /dev/a rw',
      '2 1 0:5 / /with\\040space rw shared:2 master:1 - tmpfs t rw',
      '3 1 0:6 / /a rw - tmpfs t rw',
      '4 1 0:7 / /a rw master:9 - tmpfs t rw',
    ].join('\n'),
  );
  assert.deepEqual(mountOf('/with space/x', table)?.propagation, ['shared:2', 'master:1']);
  assert.deepEqual(mountOf('/a/b', table)?.propagation, ['master:9']);
  assert.deepEqual(mountOf('/ab', table)?.mountPoint, '/');
});
