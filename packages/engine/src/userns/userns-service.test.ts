import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { IdMaps } from '@wharf/runtime';
import type { HostConfig } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import { Subordinates } from './subordinates.ts';
import { UsernsService } from './userns-service.ts';

const NO_FILES = { passwd: '', group: '' };

function mapped(hostID: number, size = 65_536): IdMaps {
  const range = [{ containerID: 0, hostID, size }];
  return { uid: range, gid: range };
}

function record(id: string, hostConfig: Partial<HostConfig> = {}, idMaps?: IdMaps): ContainerRecord {
  const more = { config: {}, state: { status: 'running', pid: 7 }, ...(idMaps && { idMaps }) };
  return { id, name: id, hostConfig, ...more } as unknown as ContainerRecord;
}

/** A service on a host where `pool` and the user 1000 have subordinate IDs. */
function world(t: TestContext, records: ContainerRecord[] = [], remap?: IdMaps) {
  const etc = mkdtempSync(join(tmpdir(), 'wharf-etc-'));
  t.after(() => rmSync(etc, { recursive: true, force: true }));
  writeFileSync(join(etc, 'passwd'), 'ann:x:1000:1000::/:\n');
  for (const file of ['subuid', 'subgid']) writeFileSync(join(etc, file), 'pool:1000000:100000\nann:500000:65536\n');
  const store = { all: () => records, get: (key: string) => records.find(({ id }) => id === key) ?? assert.fail(key) };
  return new UsernsService({ remap, autoUser: 'pool', host: new Subordinates(etc), store });
}

function allot(service: UsernsService, id: string, UsernsMode: string, more: { caller?: string; User?: string } = {}) {
  const { caller, User = '' } = more;
  const hostConfig = { UsernsMode } as HostConfig;
  return service.allot(id, { config: { User }, hostConfig, caller, files: () => NO_FILES });
}

const first = (ids: { idMaps: IdMaps } | undefined) => ids?.idMaps.uid[0];

test('what one container has, another does not get; what a removed one had, the next gets', (t) => {
  const records: ContainerRecord[] = [];
  const service = world(t, records);
  const one = allot(service, 'one', 'auto:size=100');
  assert.deepEqual(first(one), { containerID: 0, hostID: 1_000_000, size: 100 });
  // The first is not in the store yet.
  assert.equal(first(allot(service, 'two', 'auto:size=100'))?.hostID, 1_000_100);
  service.settle('two');
  records.push(record('one', {}, one?.idMaps));
  service.settle('one');
  assert.equal(first(allot(service, 'three', 'auto:size=100'))?.hostID, 1_000_100);
  service.settle('three');
  records.pop();
  assert.equal(first(allot(service, 'four', 'auto'))?.hostID, 1_000_000);
  assert.throws(() => allot(service, 'five', 'auto:size=100000'), {
    code: 'NO_FREE_IDS',
    message: /not enough unused IDs/,
  });
});

test('without a size a container gets what its image and its user need', (t) => {
  const service = world(t);
  const files = () => ({ passwd: 'app:x:2000:2000::/:\nnobody:x:65534:65534::/:\n', group: 'app:x:3000:\n' });
  const sizeFor = (User: string) => {
    const container = { config: { User }, hostConfig: { UsernsMode: 'auto' } as HostConfig, caller: undefined, files };
    return first(service.allot('x', container))?.size;
  };
  assert.deepEqual([sizeFor(''), sizeFor('4000:5'), sizeFor('70000')], [3001, 4001, 70_001]);
});

test('fixed parts of a map count, and what they name on the host is not handed out', (t) => {
  const service = world(t);
  const { idMaps } = allot(service, 'x', 'auto:size=10,uidmapping=3:4000:2,gidmapping=0:1000000:1') ?? assert.fail();
  assert.deepEqual(idMaps.uid, [
    { containerID: 0, hostID: 1_000_000, size: 3 },
    { containerID: 5, hostID: 1_000_003, size: 5 },
    { containerID: 3, hostID: 4000, size: 2 },
  ]);
  assert.deepEqual(idMaps.gid, [
    { containerID: 1, hostID: 1_000_001, size: 9 },
    { containerID: 0, hostID: 1_000_000, size: 1 },
  ]);
});

test('keep-id keeps the ID of who asks, from the ranges of that user, or from free ones', (t) => {
  const service = world(t);
  const ann = allot(service, 'a', 'keep-id', { caller: '1000:1000' });
  assert.equal(ann?.user, '1000:1000');
  assert.deepEqual(ann?.idMaps.uid, [
    { containerID: 0, hostID: 500_000, size: 1000 },
    { containerID: 1001, hostID: 501_000, size: 64_536 },
    { containerID: 1000, hostID: 1000, size: 1 },
  ]);
  const eve = allot(service, 'e', 'keep-id:uid=5,gid=6', { caller: '2000:2000', User: 'app' });
  assert.equal(eve?.user, undefined);
  assert.equal(first(eve)?.hostID, 1_000_000);
  assert.deepEqual(eve?.idMaps.gid.at(-1), { containerID: 6, hostID: 2000, size: 1 });
  assert.equal(first(allot(service, 'r', 'keep-id', { caller: '0:0' }))?.size, 2 ** 32 - 1);
  assert.throws(() => allot(service, 'n', 'keep-id'), /does not say whose ID/);
  assert.throws(() => allot(service, 'n', 'keep-id', { caller: 'root:root' }), /does not say whose ID/);
});

test('a start gets the IDs of the engine, of its own, of the container that it joins, or none', (t) => {
  const donor = record('donor', {}, mapped(9));
  const service = world(t, [donor], mapped(5));
  const choose = (hostConfig: Partial<HostConfig>, own?: IdMaps) => service.forStart(record('x', hostConfig, own));
  assert.deepEqual(choose({}), { idMaps: mapped(5) });
  assert.equal(choose({ UsernsMode: 'host' }), undefined);
  assert.deepEqual(choose({ UsernsMode: 'auto' }, mapped(7)), { idMaps: mapped(7) });
  assert.deepEqual(choose({ NetworkMode: 'container:donor' }), { idMaps: mapped(9), of: donor });
  const left = record('left', { UsernsMode: 'host' }, mapped(5));
  service.forStart(left);
  assert.equal(left.idMaps, undefined);
});

test("what cannot go together with a user namespace is refused in Docker's words", (t) => {
  const records = [record('plain'), record('other', {}, mapped(9))];
  const remapped = world(t, records, mapped(5));
  const plain = world(t, records);
  for (const [hostConfig, message] of [
    [{ Privileged: true }, /^privileged mode is incompatible with user namespaces/],
    [{ NetworkMode: 'host' }, /^cannot share the host's network namespace when user namespaces are enabled$/],
    [{ PidMode: 'host' }, /^cannot share the host PID namespace when user namespaces are enabled$/],
  ] as const) {
    assert.throws(() => remapped.check(hostConfig as HostConfig), { code: 'BAD_CONFIG', message });
    assert.throws(() => plain.check({ ...hostConfig, UsernsMode: 'auto' } as HostConfig), { message });
    remapped.check({ ...hostConfig, UsernsMode: 'host' } as HostConfig);
    plain.check(hostConfig as HostConfig);
  }
  const joining = { NetworkMode: 'container:plain', UsernsMode: 'auto' } as HostConfig;
  assert.throws(() => plain.check(joining), /cannot join the namespaces of another/);
  const two = { NetworkMode: 'container:plain', PidMode: 'container:other' } as HostConfig;
  assert.throws(() => plain.check(two), /different user namespaces/);
});
