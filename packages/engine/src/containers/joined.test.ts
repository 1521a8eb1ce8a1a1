import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Joined } from './joined.ts';
import type { ContainerRecord } from './record.ts';

function joined() {
  const record = (name: string, status: string, hostConfig: object) =>
    ({ id: `id-${name}`, name, state: { status, pid: 7 }, hostConfig }) as unknown as ContainerRecord;
  const all = [
    record('web', 'running', { NetworkMode: 'bridge', IpcMode: 'private' }),
    record('off', 'created', { NetworkMode: 'bridge', IpcMode: 'shareable' }),
    record('side', 'running', { NetworkMode: 'container:id-web', IpcMode: 'shareable' }),
    record('third', 'running', { NetworkMode: 'container:id-side' }),
  ];
  const get = (key: string) => {
    const found = all.find(({ id, name }) => key === id || key === name);
    if (!found) throw new Error(`no ${key}`);
    return found;
  };
  return { joined: new Joined({ get }), get };
}

test('names of joined containers become IDs; unknown ones are refused', () => {
  const { NetworkMode, IpcMode, PidMode } = joined().joined.resolve({ NetworkMode: 'container:web', PidMode: 'host' });
  assert.deepEqual([NetworkMode, IpcMode, PidMode], ['container:id-web', undefined, 'host']);
  assert.throws(() => joined().joined.resolve({ NetworkMode: 'container:ghost' }), {
    message: 'joining network namespace of container: No such container: ghost',
  });
});

test('namespaces of containers that do not run, or keep theirs private, cannot be joined', () => {
  const { joined: all } = joined();
  assert.equal(all.pidOf('web', 'network'), 7);
  assert.equal(all.pidOf('side', 'ipc'), 7);
  assert.throws(() => all.pidOf('off', 'network'), {
    message: 'cannot join network namespace of a non running container: container off is created',
  });
  assert.throws(() => all.pidOf('off', 'pid'), {
    message: 'failed to join PID namespace: container id-off is not running',
  });
  assert.throws(() => all.pidOf('web', 'ipc'), /non-shareable IPC/);
});

test('the files of the network are those of the container that has it', () => {
  const { joined: all, get } = joined();
  assert.equal(all.networkOwner(get('third')).name, 'web');
  assert.equal(all.networkOwner(get('off')).name, 'off');
});
