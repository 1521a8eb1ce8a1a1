import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerRecord } from '../containers/record.ts';
import type { ContainerStore } from '../containers/store.ts';
import type { EventService } from '../events/event-service.ts';
import { ContainerSizes } from './container-sizes.ts';

/** A world of one container whose files grow with every count. */
function world() {
  const state = { status: 'exited', startedAt: 's1', finishedAt: 'f1' };
  const record = { id: 'c', state } as unknown as ContainerRecord;
  let hear: (event: unknown) => void = () => {};
  let counted = 0;
  let fails = false;
  const sizes = new ContainerSizes({
    store: { find: (id: string) => (id === 'c' ? record : undefined) } as unknown as ContainerStore,
    events: {
      subscribe(listener: (event: unknown) => void) {
        hear = listener;
        return () => {};
      },
    } as unknown as EventService,
    images: {
      usage: async () => {
        counted += 1;
        if (fails) throw new TypeError('no snapshot');
        return { rw: counted, root: counted };
      },
    },
  });
  const happen = (Action: string) => hear({ Type: 'container', Action, Actor: { ID: 'c' } });
  const fail = (does: boolean) => {
    fails = does;
  };
  return { sizes, state, happen, fail, size: async () => (await sizes.usage('c')).rw };
}

test('what rests is counted once, until it has run or something was copied into it', async () => {
  const { size, state, happen } = world();
  assert.deepEqual([await size(), await size()], [1, 1]);
  state.finishedAt = 'f2';
  assert.equal(await size(), 2);
  happen('extract-to-dir');
  assert.deepEqual([await size(), await size()], [3, 3]);
  happen('destroy');
  assert.equal(await size(), 4);
});

test('what runs, and what is not known, is counted every time', async () => {
  const { size, sizes, state } = world();
  state.status = 'running';
  assert.deepEqual([await size(), await size()], [1, 2]);
  assert.equal((await sizes.usage('other')).rw, 3);
});

test('a failure is not kept', async () => {
  const { size, fail } = world();
  fail(true);
  await assert.rejects(size(), /no snapshot/);
  fail(false);
  assert.equal(await size(), 2);
});
