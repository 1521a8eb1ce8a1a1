import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@wharf/kit';
import { runningRecord } from '../health/watched.test-helper.ts';
import { EndJournal } from './end-journal.ts';
import { signalHandling } from './signal-handling.ts';

const LIMITS = { memoryLimit: 100, memoryPeak: 99, oomKills: 1, pidsRefused: 2 };
const exit = (code: number, oomKills = 0) => ({ code, signal: 0, oomKills, at: 1_700_000_000_000_000_000n });
const how = { kind: 'exited', again: false, engineAway: false } as const;

function journal() {
  const asked: string[] = [];
  const limitsHit = (sandbox: string) => {
    asked.push(sandbox);
    return LIMITS;
  };
  return { asked, journal: new EndJournal({ clock: systemClock(), cgroups: { limitsHit } }) };
}

test('what was sent belongs to the run that it ended', () => {
  const record = runningRecord({});
  const { journal: book } = journal();
  for (const signal of [1, 2, 3, 4, 5, 6, 7, 15]) book.sending(record, 'kill', signal);
  book.ended(record, exit(3), how);
  book.ended(record, exit(4), { ...how, kind: 'monitor-lost', again: true, engineAway: true });
  const [first, second] = record.ends ?? [];
  assert.deepEqual(
    first?.sent.map(({ signal }) => signal),
    [3, 4, 5, 6, 7, 15],
  );
  assert.deepEqual([second?.sent, second?.kind, second?.again, second?.engineAway], [[], 'monitor-lost', true, true]);
});

test('the last ten ends are kept, failed starts among them', () => {
  const record = runningRecord({});
  const { journal: book } = journal();
  for (let code = 0; code < 12; code += 1) book.ended(record, exit(code), how);
  book.startFailed(record, 127, 'x'.repeat(5000));
  assert.deepEqual(
    record.ends?.map(({ exitCode }) => exitCode),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 127],
  );
  assert.equal(record.ends?.at(-1)?.error?.length, 1024);
});

test('counters are read where there is a limit, or where somebody was killed for want of memory', () => {
  const record = runningRecord({});
  const { journal: book, asked } = journal();
  book.ended(record, exit(0), how);
  assert.deepEqual(asked, []);
  book.ended(record, exit(0, 1), how);
  Object.assign(record.hostConfig, { PidsLimit: 7 });
  book.ended(record, exit(0), how);
  assert.deepEqual(asked, ['s1', 's1']);
  const { memoryLimit, memoryPeak, pidsRefused } = record.ends?.at(-1) ?? {};
  assert.deepEqual([memoryLimit, memoryPeak, pidsRefused], [100, 99, 2]);
});

test('what a process does with a signal, by its status file', () => {
  const status = 'Name:\tx\nSigIgn:\t0000000000000001\nSigCgt:\t0000000000004000\n';
  assert.equal(signalHandling(status, 1), 'ignored');
  assert.equal(signalHandling(status, 15), 'caught');
  assert.equal(signalHandling(status, 2), 'default');
  assert.equal(signalHandling('', 2), undefined);
});
