import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ArchiveWorkers } from './archive-workers.ts';

const request = { root: { kind: 'directory', path: '/' }, path: '/' } as const;

/** Threads that run this text; undefined for a file that is not there. */
function workersOf(t: TestContext, text: string | undefined): ArchiveWorkers {
  const directory = mkdtempSync(join(tmpdir(), 'wharf-workers-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'worker.cjs');
  if (text !== undefined) writeFileSync(file, text);
  const workers = new ArchiveWorkers({ workerUrl: pathToFileURL(file) });
  t.after(() => workers.stop());
  return workers;
}

const PORT = "const { parentPort } = require('node:worker_threads');";

test('a missing program of the threads ends a copy with an error, and the next one too', async (t) => {
  const workers = workersOf(t, undefined);
  for (let round = 0; round < 2; round += 1) {
    await assert.rejects(workers.begin('stat', request), {
      code: 'COPY_FAILED',
      message: /^the thread that copies files has ended: Cannot find module/,
    });
    assert.equal(workers.threads, 0);
  }
});

test('a thread that crashes ends all copies that it works on', async (t) => {
  const workers = workersOf(t, `${PORT} parentPort.on('message', () => { throw new TypeError('broken'); });`);
  const one = workers.ask('stat', request);
  const two = workers.ask('pack', request);
  const outcome = { code: 'COPY_FAILED', message: /^the thread that copies files has ended: broken/ };
  await Promise.all([assert.rejects(one, outcome), assert.rejects(two, outcome)]);
});

test('a thread that ends in the middle of an archive ends whoever reads it', async (t) => {
  const workers = workersOf(
    t,
    `${PORT} parentPort.on('message', ({ type, id }) => {
       if (type === 'open') parentPort.postMessage({ type: 'opened', id, answer: null });
       else process.exit(3);
     });`,
  );
  const { transfer } = await workers.begin('pack', request);
  await assert.rejects(Array.fromAsync(transfer.read()), { code: 'COPY_FAILED', message: /exit code 3/ });
  await transfer.close();
});
