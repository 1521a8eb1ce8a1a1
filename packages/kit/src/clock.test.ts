import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

test('nanoseconds go on evenly and follow the wall clock when that is set', () => {
  let [wall, ticks] = [1_000_000, 5_000n];
  const clock = systemClock(
    () => wall,
    () => ticks,
  );
  const start = clock.nowNanos();
  assert.equal(start, 1_000_000_000_000n);
  ticks += 700n;
  assert.equal(clock.nowNanos() - start, 700n);
  wall += 3_600_000;
  assert.equal(clock.nowNanos() / 1_000_000n, 4_600_000n);
  wall -= 7_200_000;
  assert.equal(clock.nowNanos() / 1_000_000n, -2_600_000n);
});
