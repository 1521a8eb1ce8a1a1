import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Route, sendJson, startFakeEngine } from '../testing/fake-engine.ts';
import { runWharf } from '../testing/run-wharf.ts';
import { sampleRoutes } from '../testing/sample-engine.ts';
import { type Pruned, pruneReport } from './prune.ts';

const NO_CONFIG = '/nonexistent-config';

/** The sample engine under another name. */
function engineCalled(name: string) {
  const answer = { Platform: { Name: name }, ApiVersion: '1.55' };
  const version: Route = { answer: (_, response) => sendJson(response, 200, answer) };
  return startFakeEngine({ ...sampleRoutes(), 'GET /version': version });
}
const PRUNES = ['system prune', 'container prune', 'image prune', 'volume prune'];

test('a dry run is not asked of an engine that would take it for a prune', async () => {
  const engine = await engineCalled('Docker Engine - Community');
  try {
    for (const line of PRUNES) {
      const { code, stderr } = await runWharf(engine.host, NO_CONFIG, [...line.split(' '), '--dry-run']);
      assert.deepEqual([code, stderr], [1, '--dry-run needs a Wharf engine\n'], line);
    }
    assert.ok(engine.seen.every(({ method }) => method !== 'POST'));
  } finally {
    await engine.close();
  }
});

test('of ours it is asked without a question, and later kinds count on the containers being gone', async () => {
  const engine = await engineCalled('Wharf Engine');
  try {
    const { code, stdout } = await runWharf(engine.host, NO_CONFIG, ['system', 'prune', '--volumes', '--dry-run']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^Containers that would be deleted:\nc0ffee\nbeef\n\nNetworks that would be deleted:\nlan\n\n/,
    );
    assert.match(stdout, /\nSpace that would be reclaimed: 90\.58kB \(90579 bytes\)\n$/);
    const posts = engine.seen.filter(({ method }) => method === 'POST');
    assert.equal(posts.length, 5);
    assert.ok(posts.every(({ query }) => query['wharf-dry-run'] === '1'));
    assert.deepEqual(
      posts.map(({ query }) => query['wharf-after-containers']),
      [undefined, '1', '1', '1', '1'],
    );
  } finally {
    await engine.close();
  }
});

test('the report has a heading for each kind that lost something, and one sum', () => {
  const parts: Pruned[] = [
    { what: 'Containers', lines: ['a'], bytes: 1 },
    { what: 'Networks', lines: [], bytes: 0 },
    { what: 'Images', lines: ['untagged: b'], bytes: 1_999 },
  ];
  const report = 'Deleted Containers:\na\n\nDeleted Images:\nuntagged: b\n\nTotal reclaimed space: 2kB\n';
  assert.equal(pruneReport(parts, false), report);
  assert.equal(pruneReport([], true), 'Space that would be reclaimed: 0B (0 bytes)\n');
});
