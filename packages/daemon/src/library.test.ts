import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@wharf/kit';
import { LibrarySeeder } from './library.spawn.ts';

/** An installation with a made image `box` of two tags; `bring` tells what was seeded. */
function installation(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'wharf-home-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, 'library/box'), { recursive: true });
  writeFileSync(join(home, 'library/box/recipe.ts'), '');
  const layout = join(home, 'build/library/box');
  mkdirSync(layout, { recursive: true });
  const manifests = ['latest', '1'].map((tag) => ({ annotations: { 'org.opencontainers.image.ref.name': tag } }));
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ manifests }));
  const seeder = new LibrarySeeder(home, silentLogger);
  return async (repository: string, reference: string | undefined) => {
    const seeded: string[] = [];
    const found = await seeder.bring(repository, reference, (from, name, tag) => {
      assert.equal(from, layout);
      seeded.push(`${name}:${tag}`);
      return Promise.resolve();
    });
    return { found, seeded };
  };
}

test('all tags of an image are brought when one, a digest or the list of them is wanted', async (t) => {
  const bring = installation(t);
  const all = { found: true, seeded: ['library/box:latest', 'library/box:1'] };
  for (const reference of ['latest', '1', `sha256:${'a'.repeat(64)}`, `sha512:${'a'.repeat(128)}`, undefined]) {
    assert.deepEqual(await bring('library/box', reference), all, String(reference));
  }
});

test('what no recipe makes is not brought', async (t) => {
  const bring = installation(t);
  const nothing = { found: false, seeded: [] };
  assert.deepEqual(await bring('library/box', '2'), nothing);
  assert.deepEqual(await bring('library/other', 'latest'), nothing);
  assert.deepEqual(await bring('box', 'latest'), nothing);
  assert.deepEqual(await bring('library/../library/box', undefined), nothing);
});
