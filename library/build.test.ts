import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildLibraryImage, libraryImageNames } from './build.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-library-test-'));
});
after(() => rm(root, { recursive: true, force: true }));

test('an image is an OCI layout whose blobs carry the names of their content', async () => {
  const layout = join(root, 'library/hello-world');
  await buildLibraryImage('hello-world', layout);
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));
  assert.deepEqual(
    index.manifests.map((row: { annotations: Record<string, string> }) => row.annotations),
    [{ 'org.opencontainers.image.ref.name': 'latest' }, { 'org.opencontainers.image.ref.name': 'linux' }],
  );
  const blobs = await readdir(join(layout, 'blobs/sha256'));
  assert.equal(blobs.length, 3);
  for (const name of blobs) {
    const data = await readFile(join(layout, 'blobs/sha256', name));
    assert.equal(createHash('sha256').update(data).digest('hex'), name);
  }
});

test('building twice gives the same bytes', async () => {
  const [one, two] = [join(root, 'one/hello-world'), join(root, 'two/hello-world')];
  await buildLibraryImage('hello-world', one);
  await buildLibraryImage('hello-world', two);
  assert.deepEqual(await readFile(join(one, 'index.json')), await readFile(join(two, 'index.json')));
});

test('builds of one image at the same time all succeed, and leave one layout', async () => {
  const layout = join(root, 'many/hello-world');
  await Promise.all([1, 2, 3].map(() => buildLibraryImage('hello-world', layout)));
  assert.deepEqual(await readdir(join(root, 'many')), ['hello-world']);
});

test('an unknown name is refused with the names that exist', async () => {
  await assert.rejects(buildLibraryImage('nothing', join(root, 'x')), {
    code: 'LIBRARY_UNKNOWN_IMAGE',
    message: `the library has no "nothing"; it has: ${libraryImageNames().join(', ')}`,
  });
});
