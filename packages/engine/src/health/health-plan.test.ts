import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HealthPlan, healthPlan, judge, nextDelay } from './health-plan.ts';
import { type HealthRecord, startingHealth } from './health-record.ts';

const plan = (more: Partial<HealthPlan> = {}): HealthPlan => ({
  command: ['true'],
  interval: 1000,
  timeout: 500,
  startPeriod: 0,
  startInterval: 100,
  retries: 3,
  ...more,
});
const result = (exitCode: number, output = '') => ({ start: 'a', end: 'b', exitCode, output });

/** The health after checks with these exit codes, one a second from the start on. */
function after(codes: readonly number[], how: HealthPlan, from = startingHealth(undefined)): HealthRecord {
  return codes.reduce((health, code, at) => judge(how, health, result(code), (at + 1) * 1000), from);
}

test("times that are not set are Docker's, and shell commands go through the shell of the container", () => {
  assert.deepEqual(healthPlan({ Healthcheck: { Test: ['CMD-SHELL', 'a b'] } }), {
    command: ['/bin/sh', '-c', 'a b'],
    interval: 30_000,
    timeout: 30_000,
    startPeriod: 0,
    startInterval: 5000,
    retries: 3,
  });
  const Healthcheck = {
    Test: ['CMD', 'a', 'b'],
    Interval: 5e9,
    Timeout: 1e6,
    StartPeriod: 2e9,
    StartInterval: 3e6,
    Retries: 1,
  };
  assert.deepEqual(healthPlan({ Healthcheck, Shell: ['/bin/ash', '-xc'] }), {
    command: ['a', 'b'],
    interval: 5000,
    timeout: 1,
    startPeriod: 2000,
    startInterval: 3,
    retries: 1,
  });
  const shell = healthPlan({ Healthcheck: { Test: ['CMD-SHELL', 'x'] }, Shell: ['/bin/ash', '-xc'] });
  assert.deepEqual(shell?.command, ['/bin/ash', '-xc', 'x']);
});

test('nothing is checked without a command, with NONE, and with a word that means nothing', () => {
  for (const Test of [undefined, [], ['NONE'], ['true']])
    assert.equal(healthPlan({ Healthcheck: { Test } }), undefined);
  assert.equal(healthPlan({}), undefined);
});

test('one success makes healthy, as many failures in a row as retries make unhealthy', () => {
  const status = (codes: readonly number[], how = plan()) => after(codes, how).status;
  assert.equal(status([]), 'starting');
  assert.equal(status([0]), 'healthy');
  assert.equal(status([1, 1]), 'starting');
  assert.equal(status([1, 1, 1]), 'unhealthy');
  assert.equal(status([0, 1, 1]), 'healthy');
  assert.equal(status([0, 1, -1, 127]), 'unhealthy');
  assert.equal(status([1, 1, 1, 0]), 'healthy');
  assert.equal(status([0, 1, 1, 0, 1, 1]), 'healthy');
  assert.equal(after([1, 1, 1, 1], plan()).failingStreak, 4);
  assert.equal(after([1, 1, 0], plan()).failingStreak, 0);
});

test('failures within the start period are logged and do not count, until the first success', () => {
  const how = plan({ startPeriod: 2500, retries: 1 });
  const early = after([1, 1], how);
  assert.deepEqual([early.status, early.failingStreak, early.log.length], ['starting', 0, 2]);
  assert.equal(after([1, 1, 1], how).status, 'unhealthy');
  assert.equal(after([0, 1], how).status, 'unhealthy');
});

test('checks come faster while it starts, and only then', () => {
  const how = plan({ startPeriod: 10_000 });
  assert.equal(nextDelay(how, 'starting', 0), 100);
  assert.equal(nextDelay(how, 'starting', 10_000), 1000);
  assert.equal(nextDelay(how, 'healthy', 0), 1000);
  assert.equal(nextDelay(how, 'unhealthy', 0), 1000);
  assert.equal(nextDelay(plan(), 'starting', 0), 1000);
});

test('the last five results are kept, also over a start', () => {
  const { log } = after([1, 2, 3, 4, 5, 6, 7], plan({ retries: 9 }));
  assert.deepEqual(
    log.map(({ exitCode }) => exitCode),
    [3, 4, 5, 6, 7],
  );
  assert.deepEqual(startingHealth({ status: 'unhealthy', failingStreak: 7, log }), {
    status: 'starting',
    failingStreak: 0,
    log,
  });
});
