import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHealthcheck } from './check-healthcheck.ts';

test("times under a millisecond and negative retries are refused in Docker's words", () => {
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval']) {
    const message = `${name} in Healthcheck cannot be less than 1ms`;
    for (const value of [-1, 1, 999_999]) assert.throws(() => checkHealthcheck({ [name]: value }), { message });
    checkHealthcheck({ [name]: 1e6 });
  }
  assert.throws(() => checkHealthcheck({ Retries: -1 }), { message: 'Retries in Healthcheck cannot be negative' });
  checkHealthcheck({ Interval: 0, Retries: 0 });
  checkHealthcheck(undefined);
});
