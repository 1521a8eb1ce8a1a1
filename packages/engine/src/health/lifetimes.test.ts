import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, systemClock } from '@wharf/kit';
import { Lifetimes } from './lifetimes.ts';
import { oneContainer, runningRecord, until } from './watched.test-helper.ts';

function limited(nanoseconds: number, startedAgo = 0) {
  const record = runningRecord({}, { Timeout: nanoseconds });
  record.state.startedAt = new Date(Date.now() - startedAgo).toISOString();
  const world = oneContainer(record);
  const over: string[] = [];
  const onOver = async ({ name }: { name: string }) => void over.push(name);
  const lifetimes = new Lifetimes({ ...world, clock: systemClock(), logger: silentLogger, onOver });
  const tell = (action: string) => world.events.publish('container', action, record.id, {});
  return { lifetimes, tell, over };
}

test('a container is stopped when its time is over', async () => {
  const { tell, over } = limited(2e6);
  tell('start');
  await until(() => over.length > 0);
  assert.deepEqual(over, ['one']);
});

test('the time counts from the start, whichever engine it was', async () => {
  const { lifetimes, over } = limited(3600e9, 3600_001);
  lifetimes.resume();
  await until(() => over.length > 0);
});

test('one that ended before is not stopped, and no time is no limit', async () => {
  const short = limited(20e6);
  short.tell('start');
  short.tell('die');
  const none = limited(0);
  none.tell('start');
  // Longer than what a timer can wait.
  const long = limited(30 * 86_400e9);
  long.tell('start');
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual([...short.over, ...none.over, ...long.over], []);
  long.lifetimes.stop();
});
