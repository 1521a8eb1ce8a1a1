import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '@wharf/kit';
import { LayerWorkers } from '../workers/layer-workers.ts';
import { Trash } from './trash.ts';

function scene() {
  const root = mkdtempSync('/dev/shm/wharf-trash-');
  const workers = new LayerWorkers({ workerUrl: new URL('../unpack-worker.ts', import.meta.url), size: 1 });
  const trash = new Trash({ root, workers, logger: silentLogger });
  return {
    root,
    workers,
    trash,
    async [Symbol.asyncDispose]() {
      await workers.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

test('what a container leaves goes without a thread, links are not followed', async () => {
  await using place = scene();
  const outside = join(place.root, 'outside');
  const tree = join(place.root, 'tree');
  mkdirSync(join(tree, 'upper/etc'), { recursive: true });
  mkdirSync(join(tree, 'work/work'), { recursive: true, mode: 0 });
  mkdirSync(outside);
  writeFileSync(join(outside, 'kept'), '');
  writeFileSync(join(tree, 'upper/etc/file'), '');
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/upper/`), Buffer.from([0xff])]), '');
  symlinkSync(outside, join(tree, 'upper/link'));
  place.trash.throw(tree);
  assert.ok(!existsSync(tree));
  await place.trash.empty();
  assert.deepEqual(readdirSync(join(place.root, 'trash')), []);
  assert.ok(existsSync(join(outside, 'kept')));
  assert.equal(place.workers.threads, 0);
});

test('large trees, and what is thrown away meanwhile, go in a thread', async () => {
  await using place = scene();
  for (const name of ['one', 'two']) {
    mkdirSync(join(place.root, name, 'deep/er'), { recursive: true });
    for (let at = 0; at < 400; at += 1) writeFileSync(join(place.root, name, `deep/er/${at}`), '');
  }
  place.trash.throw(join(place.root, 'one'));
  place.trash.throw(join(place.root, 'two'));
  place.trash.throw(join(place.root, 'missing'));
  await place.trash.empty();
  assert.deepEqual(readdirSync(join(place.root, 'trash')), []);
  assert.equal(place.workers.threads, 1);
});
