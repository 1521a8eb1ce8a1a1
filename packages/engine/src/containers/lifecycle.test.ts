import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, systemClock } from '@wharf/kit';
import type { ContainerProcess } from '@wharf/runtime';
import { runningRecord } from '../health/watched.test-helper.ts';
import { ContainerLifecycle, type LifecycleOptions } from './lifecycle.ts';
import { RuntimeTable } from './runtime-table.ts';
import type { ContainerStarter } from './starter.ts';

/** The parts around a container that starts on a disk with room for so many changes of its record. */
function scene(room: number) {
  const record = runningRecord({});
  Object.assign(record.state, { status: 'created', pid: 0 });
  const told: string[] = [];
  let left = room;
  const store = {
    has: () => true,
    save: () => {
      if (left-- <= 0) throw new Error('no space left on device');
    },
  };
  const process = { pid: 77, directory: '/nowhere', exited: new Promise(() => {}) } as unknown as ContainerProcess;
  const starter: Pick<ContainerStarter, 'start'> = {
    start: async (_record, hooks) => {
      hooks.onSandbox('s2');
      return process;
    },
  };
  const table = new RuntimeTable();
  const parts = {
    store,
    starter,
    table,
    copies: { settle: async () => {} },
    events: { publish: (_type: string, action: string) => told.push(action) },
    networkEvents: { publish: () => {} },
    mounts: { started: () => {}, closed: async () => {} },
    cgroups: { memoryEvents: () => undefined },
    journal: { startFailed: () => told.push('failed') },
    clock: systemClock(),
    logger: silentLogger,
  };
  return { record, table, told, lifecycle: new ContainerLifecycle(parts as unknown as LifecycleOptions) };
}

test('what runs is known to run, also when the disk gets full in that moment', async () => {
  const { record, table, told, lifecycle } = scene(1);
  await lifecycle.start(record);
  assert.deepEqual([record.state.status, record.state.pid, record.sandbox], ['running', 77, 's2']);
  assert.equal(table.process(record.id)?.pid, 77);
  assert.deepEqual(told, ['start']);
});

test('without room for the record of a start nothing runs', async () => {
  const { record, table, told, lifecycle } = scene(0);
  await assert.rejects(lifecycle.start(record), /no space left on device/);
  assert.deepEqual([record.state.status, record.state.pid, record.sandbox], ['created', 0, '']);
  assert.equal(table.process(record.id), undefined);
  assert.deepEqual(told, ['failed']);
});

test('a container whose end was never taken in can be removed', async () => {
  const { record, lifecycle } = scene(9);
  Object.assign(record.state, { status: 'running', pid: 77 });
  await lifecycle.endForRemoval(record);
  assert.deepEqual([record.state.status, record.state.pid], ['exited', 0]);
});
