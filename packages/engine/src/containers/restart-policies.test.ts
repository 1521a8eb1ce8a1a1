import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, systemClock } from '@wharf/kit';
import { runningRecord, until } from '../health/watched.test-helper.ts';
import type { ContainerRecord } from './record.ts';
import { RestartPolicies } from './restart-policies.ts';

/** A container with a policy that has just ended, after so many milliseconds. */
function ended(RestartPolicy: object, ran = 0): ContainerRecord {
  const record = runningRecord({});
  Object.assign(record.hostConfig, { RestartPolicy });
  const now = Date.now();
  record.state.startedAt = new Date(now - ran).toISOString();
  record.state.finishedAt = new Date(now).toISOString();
  return record;
}

function policies() {
  const started: string[] = [];
  const start = async ({ name }: ContainerRecord) => void started.push(name);
  return { started, policies: new RestartPolicies({ start, clock: systemClock(), logger: silentLogger }) };
}

test('who is started again', () => {
  const again = (RestartPolicy: object, exitCode: number, more: Partial<ContainerRecord> = {}) =>
    policies().policies.decide(Object.assign(ended(RestartPolicy), more), exitCode);
  assert.equal(again({}, 1), false);
  assert.equal(again({ Name: 'no' }, 1), false);
  for (const Name of ['always', 'unless-stopped']) {
    assert.equal(again({ Name }, 0), true);
    assert.equal(again({ Name }, 0, { stoppedByUser: true }), false);
  }
  assert.equal(again({ Name: 'on-failure' }, 0), false);
  assert.equal(again({ Name: 'on-failure' }, 1, { restartCount: 99 }), true);
  assert.equal(again({ Name: 'on-failure', MaximumRetryCount: 2 }, 1, { restartCount: 1 }), true);
  assert.equal(again({ Name: 'on-failure', MaximumRetryCount: 2 }, 1, { restartCount: 2 }), false);
});

test('the delay doubles up to a minute, whichever engine it is, and begins anew after a long run', () => {
  const delays: (number | undefined)[] = [];
  let record = ended({ Name: 'always' });
  for (let at = 0; at < 12; at += 1) {
    policies().policies.decide(record, 1);
    delays.push(record.restartDelay);
    // As it comes back from the database of an engine that was killed.
    record = JSON.parse(JSON.stringify(record)) as ContainerRecord;
  }
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
  const long = Object.assign(ended({ Name: 'always' }, 10_000), { restartDelay: 60_000 });
  policies().policies.decide(long, 1);
  assert.equal(long.restartDelay, 100);
});

test('the start comes once, when the delay since the end is over; a cancelled one does not', async () => {
  const { policies: one, started } = policies();
  const record = ended({ Name: 'always' });
  one.schedule(record);
  one.begin();
  record.state.finishedAt = new Date(Date.now() - 60_000).toISOString();
  record.restartDelay = 30_000;
  one.schedule(record);
  one.schedule(record);
  await until(() => started.length > 0);
  assert.deepEqual(started, ['one']);
  one.schedule({ ...record, name: 'two' });
  one.cancel(record.id);
  one.schedule({ ...record, name: 'three' });
  await until(() => started.length > 1);
  assert.deepEqual(started, ['one', 'three']);
  one.close();
  one.schedule(record);
});
