import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, systemClock } from '@wharf/kit';
import { HealthMonitor } from './health-monitor.ts';
import { oneContainer, runningRecord, until } from './watched.test-helper.ts';

/** A monitor of one container whose checks come every millisecond and end as the test says. */
function monitored(retries = 2, full = false) {
  const Healthcheck = { Test: ['CMD', 'check'], Interval: 1e6, Retries: retries };
  const record = runningRecord({ Healthcheck });
  const world = oneContainer(record);
  const runs: { end(exitCode: number): void; readonly signal: AbortSignal }[] = [];
  const killed: string[] = [];
  const unhealthy: string[] = [];
  const save = () => {
    throw new Error('no space left on device');
  };
  const monitor = new HealthMonitor({
    ...world,
    store: full ? { ...world.store, save } : world.store,
    clock: systemClock(),
    logger: silentLogger,
    onUnhealthy: async ({ name }) => void unhealthy.push(name),
    runner: {
      endOthers: async ({ sandbox }) => void killed.push(sandbox),
      run: (_record, _plan, signal) =>
        new Promise((resolve) => {
          const start = new Date().toISOString();
          const end = (exitCode: number) => resolve({ start, end: start, exitCode, output: '' });
          runs.push({ end, signal });
          signal.addEventListener('abort', () => resolve(undefined));
        }),
    },
  });
  const tell = (action: string) => world.events.publish('container', action, record.id, {});
  const run = async (at: number) => {
    await until(() => runs.length > at);
    return runs[at];
  };
  return { ...world, record, runs, run, killed, unhealthy, monitor, tell };
}

test('one check at a time; changes are published and written down, the action is taken once', async () => {
  const { tell, run, runs, record, published, saved, unhealthy, monitor } = monitored();
  tell('start');
  assert.equal(record.state.health?.status, 'starting');
  (await run(0))?.end(1);
  await run(1);
  assert.equal(runs.length, 2);
  runs[1]?.end(1);
  (await run(2))?.end(1);
  (await run(3))?.end(0);
  await run(4);
  assert.deepEqual(published, ['start', 'health_status: unhealthy', 'health_status: healthy']);
  assert.deepEqual(unhealthy, ['one']);
  assert.match(saved.at(-1) ?? '', /"status":"healthy","failingStreak":0/);
  monitor.stop();
  assert.ok(runs[4]?.signal.aborted);
});

test('what does not run or is paused is not checked; its state is as with Docker', async () => {
  const { tell, run, runs, record, monitor } = monitored();
  tell('start');
  (await run(0))?.end(0);
  await run(1);
  tell('pause');
  assert.ok(runs[1]?.signal.aborted);
  assert.equal(record.state.health?.status, 'unhealthy');
  tell('unpause');
  (await run(2))?.end(0);
  await run(3);
  assert.equal(record.state.health?.status, 'healthy');
  tell('die');
  assert.ok(runs[3]?.signal.aborted);
  assert.equal(record.state.health?.status, 'unhealthy');
  tell('start');
  assert.deepEqual([record.state.health?.status, record.state.health?.log.length], ['starting', 2]);
  monitor.stop();
});

test('an engine that comes after another one goes on in the state that was known, and ends the checks of the other', async () => {
  const { run, record, killed, published, monitor } = monitored(3);
  record.state.health = { status: 'healthy', failingStreak: 2, log: [] };
  await monitor.resume();
  assert.deepEqual(killed, ['s1']);
  (await run(0))?.end(1);
  await run(1);
  assert.deepEqual([record.state.health?.status, record.state.health?.failingStreak], ['unhealthy', 3]);
  assert.deepEqual(published, ['health_status: unhealthy']);
  monitor.stop();
});

test('an engine that finds a container paused waits until it is not', async () => {
  const { run, runs, tell, record, monitor } = monitored();
  record.state.paused = true;
  await monitor.resume();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(runs.length, 0);
  record.state.paused = false;
  tell('unpause');
  await run(0);
  monitor.stop();
});

test('a full disk keeps nobody from checking, nor from what is to be done then', async () => {
  const { tell, run, published, unhealthy, monitor } = monitored(1, true);
  tell('start');
  (await run(0))?.end(1);
  await run(1);
  assert.deepEqual(published, ['start', 'health_status: unhealthy']);
  assert.deepEqual(unhealthy, ['one']);
  tell('die');
  monitor.stop();
});
