import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerStats } from '@wharf/spec';
import { renderList } from './list.ts';
import { type StatsRow, statsFormat, statsRows, usageOf } from './stats-row.ts';

const STATS: ContainerStats = {
  cpu_stats: { cpu_usage: { total_usage: 3_000 }, system_cpu_usage: 20_000, online_cpus: 2 },
  precpu_stats: { cpu_usage: { total_usage: 1_000 }, system_cpu_usage: 12_000 },
  memory_stats: { usage: 10 << 20, limit: 40 << 20, stats: { total_inactive_file: 2 << 20, inactive_file: 1 } },
  pids_stats: { current: 5 },
  networks: { eth0: { rx_bytes: 1_000, tx_bytes: 20 }, eth1: { rx_bytes: 500, tx_bytes: 1 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'Read', value: 4_096 },
      { op: 'write', value: 100 },
      { op: 'Total', value: 9 },
    ],
  },
};

function row(usage: StatsRow['usage']): StatsRow {
  return { container: 'c', id: '0123456789abcdef', name: '/c', trunc: true, usage };
}

test('shares and sums as the real client calculates them', () => {
  assert.deepEqual(usageOf(STATS), {
    cpu: 50,
    memory: 8 << 20,
    memoryLimit: 40 << 20,
    received: 1_500,
    sent: 21,
    read: 4_096,
    written: 100,
    pids: 5,
  });
});

test('memory on cgroup v2 is counted without inactive files, and never below nothing', () => {
  const memory = (inactive_file: number) => usageOf({ memory_stats: { usage: 100, stats: { inactive_file } } }).memory;
  assert.deepEqual([memory(30), memory(100), memory(200)], [70, 100, 100]);
});

test('without an earlier reading, or when no time has passed, the share is of all time or none', () => {
  assert.equal(usageOf({ ...STATS, precpu_stats: STATS.cpu_stats ?? {} }).cpu, 0);
  assert.equal(usageOf({}).cpu, 0);
});

test('a row, and one of which nothing is known yet', async () => {
  const text = await renderList(statsRows, statsFormat(''), [row(usageOf(STATS)), row(undefined)]);
  assert.deepEqual(
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
    [
      ['CONTAINER ID', 'NAME', 'CPU %', 'MEM USAGE / LIMIT', 'MEM %', 'NET I/O', 'BLOCK I/O', 'PIDS'],
      ['0123456789ab', 'c', '50.00%', '8MiB / 40MiB', '20.00%', '1.5kB / 21B', '4.1kB / 100B', '5'],
      ['0123456789ab', 'c', '--', '-- / --', '--', '--', '--', '--'],
    ],
  );
});
