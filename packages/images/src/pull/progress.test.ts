import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressEvent, progressText, Throttle } from './progress.ts';

test('progress strings are those of Docker', () => {
  assert.equal(progressText(0, 0), '');
  assert.equal(progressText(1, 0), '      1B');
  assert.equal(progressText(20, 100), '[==========>                                        ]      20B/100B');
  assert.equal(progressText(50, 40), `[${'='.repeat(50)}>]      50B`);
  assert.equal(
    progressText(32_768, 2_222_222),
    '[>                                                  ]  32.77kB/2.222MB',
  );
  assert.deepEqual(progressEvent('abc', 'Downloading', 1, 2), {
    status: 'Downloading',
    progressDetail: { current: 1, total: 2 },
    progress: '[=========================>                         ]       1B/2B',
    id: 'abc',
  });
});

test('messages come not more often than every 100 ms and every percent', () => {
  let now = 0;
  const throttle = new Throttle(() => now, 1000);
  assert.deepEqual(
    [5, 10, 30].map((current) => throttle.passes(current)),
    [false, true, false],
  );
  now = 100;
  assert.equal(throttle.passes(15), false);
  assert.equal(throttle.passes(30), true);
});
