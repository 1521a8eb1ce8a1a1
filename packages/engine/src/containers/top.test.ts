import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullFormat, fullRow } from './process-list.ts';
import { parseNetDev } from './stats-json.ts';
import { parsePs } from './top.ts';

test('of what ps prints the lines of the given processes are taken, threads with their process', () => {
  const output = 'USER PID COMMAND\nroot 5 sleep 10 20\nroot 6 other\nroot - thread of other\nbob 7 x\nbob - thread\n';
  assert.deepEqual(parsePs(output, new Set([5, 7])), {
    Titles: ['USER', 'PID', 'COMMAND'],
    Processes: [
      ['root', '5', 'sleep 10 20'],
      ['bob', '7', 'x'],
      ['bob', '-', 'thread'],
    ],
  });
});

test('output of ps without process ids is refused', () => {
  assert.throws(() => parsePs('COMMAND\nsleep\n', new Set([1])), /Couldn't find PID field in ps output/);
});

test('a row of ps -ef: share of the processor, start, terminal and time', () => {
  const now = Date.parse('2026-11-21T12:00:00');
  const facts = { user: 'root', pid: 9, parent: 1, terminal: 0x8803, used: 61.5, command: 'sh -c x' };
  assert.deepEqual(fullRow({ ...facts, started: now - 123_000 }, now), [
    ...['root', '9', '1', '50', '11:57', 'pts/3', '00:01:01', 'sh -c x'],
  ]);
  assert.equal(fullRow({ ...facts, started: Date.parse('2026-11-02T12:00:00') }, now)[4], 'Nov02');
  assert.equal(fullRow({ ...facts, started: now, command: 'a\u001b[2J\nb\u009b' }, now)[7], 'a?[2J?b?');
  assert.equal(fullRow({ ...facts, started: Date.parse('2025-01-02T12:00:00'), terminal: 0 }, now)[4], '2025');
});

test('processes that have ended are left out', async () => {
  const { Processes } = await fullFormat([process.pid, 2 ** 22 + 1], Date.now());
  assert.deepEqual(
    Processes.map((row) => row[1]),
    [String(process.pid)],
  );
});

test('the counters of interfaces, without the loopback', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:    1234      12    1    2    0     0          0         0      567       8    3    4    0     0       0          0
`;
  assert.deepEqual(parseNetDev(text), {
    eth0: {
      ...{ rx_bytes: 1234, rx_packets: 12, rx_errors: 1, rx_dropped: 2 },
      ...{ tx_bytes: 567, tx_packets: 8, tx_errors: 3, tx_dropped: 4 },
    },
  });
});
