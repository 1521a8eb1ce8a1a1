import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordOf, type TestRecord } from './reporter.ts';
import { tallyLine, tallyOf } from './tally.ts';

const line = (outcome: TestRecord['outcome'], name: string, file = '/a.test.ts') =>
  `${JSON.stringify({ outcome, name, file, line: 1, reason: outcome === 'skip' ? 'no root' : '' })}\n`;

test('passed, failed and skipped tests are counted and named', () => {
  const records = line('pass', 'one') + line('fail', 'two') + line('skip', 'three');
  const tally = tallyOf('x', { records, exitCode: 1 });
  assert.deepEqual(tally, { passed: 1, failures: ['x: two'], skipped: ['x: three (no root)'] });
  assert.equal(tallyLine([tally, tally]), '2 passed, 2 failed');
});

test('a file without tests, no tests at all, a crash and a kill are failures', () => {
  const failures = (records: string, exitCode: number | undefined) => tallyOf('x', { records, exitCode }).failures;
  assert.deepEqual(failures(line('pass', 'one') + line('empty', 'b', '/b.test.ts'), 0), ['x: /b.test.ts has no test']);
  assert.deepEqual(failures('', 0), ['x: no test ran']);
  assert.deepEqual(failures(line('pass', 'one'), 7), ['x: the process ended with code 7']);
  const cut = `${line('fail', 'one')}{"outcome":"pa`;
  assert.deepEqual(failures(cut, undefined), ['x: one', 'x: the process was killed']);
});

test('events of node:test become records; parents of failed subtests do not count twice', () => {
  const event = (type: string, data: object) => recordOf({ type, data: { name: 'n', file: 'f', line: 2, ...data } });
  const failure = (failureType: string) =>
    Object.assign(new Error('outer', { cause: new Error('inner') }), { failureType });
  assert.equal(event('test:pass', { details: { type: 'test' } })?.outcome, 'pass');
  assert.equal(event('test:pass', { details: { type: 'suite' } }), undefined);
  assert.equal(event('test:pass', { skip: 'why', details: { type: 'test' } })?.reason, 'why');
  assert.equal(event('test:fail', { details: { type: 'test', error: failure('subtestsFailed') } }), undefined);
  assert.match(
    event('test:fail', { details: { type: 'suite', error: failure('hookFailed') } })?.reason ?? '',
    /^Error: inner/,
  );
  assert.equal(event('test:start', {}), undefined);
});
