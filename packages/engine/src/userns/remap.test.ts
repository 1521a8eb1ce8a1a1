import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { resolveRemap } from './remap.ts';
import { Subordinates } from './subordinates.ts';

const FILES = {
  passwd: 'root:x:0:0::/root:/bin/sh\nann:x:1000:1001::/:/bin/sh\nbob:x:1001:1001::/:\n',
  group: 'root:x:0:\nann:x:1001:\nstaff:x:50:\n',
  subuid: 'root:1:1\nann:100000:65536\n1001:7:5\n4000:9:9\n',
  subgid: 'root:1:1\nann:200000:65536\nstaff:300000:1000\n4000:10:9\n',
};

function hostWith(t: TestContext, changes: Partial<typeof FILES> = {}): { host: Subordinates; etc: string } {
  const etc = mkdtempSync(join(tmpdir(), 'wharf-etc-'));
  t.after(() => rmSync(etc, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ ...FILES, ...changes })) writeFileSync(join(etc, name), text);
  return { host: new Subordinates(etc), etc };
}

const never = () => assert.fail('nobody is to be made');

test('a user by name or number, with its own or another group', (t) => {
  const { host } = hostWith(t);
  const ann = { containerID: 0, hostID: 100_000, size: 65_536 };
  const own = { uid: [ann], gid: [{ ...ann, hostID: 200_000 }] };
  for (const spec of ['ann', '1000', 'ann:ann', '1000:1001'])
    assert.deepEqual(resolveRemap(spec, host, never), own, spec);
  const staff = { containerID: 0, hostID: 300_000, size: 1000 };
  for (const spec of ['ann:staff', '1000:50']) assert.deepEqual(resolveRemap(spec, host, never)?.gid, [staff], spec);
  // subuid(5) takes numbers of nobody.
  assert.equal(resolveRemap('4000', host, never)?.uid[0]?.hostID, 9);
});

test('root is not remapped to itself', (t) => {
  assert.equal(resolveRemap('root', hostWith(t).host, never), undefined);
});

test('the default user is made when it is missing, and only then', (t) => {
  const { host, etc } = hostWith(t);
  const made: string[] = [];
  const make = (name: string) => {
    made.push(name);
    writeFileSync(join(etc, 'passwd'), `${FILES.passwd}${name}:x:990:990::/:\n`);
    for (const file of ['subuid', 'subgid']) writeFileSync(join(etc, file), `${name}:500000:65536\n`);
  };
  for (let count = 0; count < 2; count++) assert.equal(resolveRemap('default', host, make)?.uid[0]?.hostID, 500_000);
  assert.deepEqual(made, ['dockremap']);
});

test('what cannot be found is said', (t) => {
  const { host } = hostWith(t);
  for (const [spec, message] of [
    ['', /Invalid user\/group specification in --userns-remap: ""/],
    ['a:b:c', /Invalid user\/group specification/],
    ['ann:', /Invalid user\/group specification/],
    ['eve', /Error during uid lookup for "eve"/],
    ['ann:eve', /Error during gid lookup for "eve"/],
    ['bob', /No subgid ranges found for user "bob" in \/etc\/subgid/],
    ['5000', /No subuid ranges found for user "5000"/],
  ] as const) {
    assert.throws(() => resolveRemap(spec, host, never), { code: 'BAD_USERNS', message }, spec);
  }
});
