import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { archive } from '../testing/archives.ts';
import { LayerWorkers } from './layer-workers.ts';

const dir = mkdtempSync('/dev/shm/wharf-workers-');
after(() => rmSync(dir, { recursive: true, force: true }));
const workerUrl = new URL('../unpack-worker.ts', import.meta.url);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('threads start with the first job, are bounded, and end when there is nothing to do', async () => {
  const workers = new LayerWorkers({ workerUrl, size: 2, idleMs: 20 });
  writeFileSync(join(dir, 'five'), '12345');
  assert.equal(workers.threads, 0);
  const answers = await Promise.all(Array.from({ length: 6 }, () => workers.run('usage', { path: dir })));
  assert.deepEqual(answers, [5, 5, 5, 5, 5, 5]);
  assert.ok(workers.threads <= 2);
  await until(() => workers.threads === 0);
  workers.warm();
  workers.warm();
  assert.equal(workers.threads, 1);
  await workers.stop();
  assert.equal(workers.threads, 0);
  await assert.rejects(workers.run('usage', { path: dir }), { code: 'WORKER_FAILED' });
});

test('an error of the source comes back as it is, and the thread goes on with other work', async () => {
  const workers = new LayerWorkers({ workerUrl, size: 1, idleMs: 20 });
  const target = join(dir, 'target');
  mkdirSync(target);
  async function* broken() {
    yield archive({ name: 'a', content: 'x'.repeat(2000) }).subarray(0, 1024);
    throw new TypeError('connection lost');
  }
  await assert.rejects(workers.unpack(target, broken()), { name: 'TypeError', message: 'connection lost' });
  await workers.run('remove', { path: target });
  mkdirSync(target);
  async function* good() {
    yield archive({ name: 'b', content: 'y' });
  }
  assert.equal((await workers.unpack(target, good())).size, 1);
  assert.deepEqual(readdirSync(target), ['b']);
  await workers.stop();
});
