import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { engineKind, TestEngine } from '@wharf/testkit';
import { provideImages } from './support/provide-images.ts';

describe('places', { timeout: 60_000, skip: engineKind() === 'dockerd' }, () => {
  const home = mkdtempSync('/dev/shm/wharf-places-');
  after(() => rmSync(home, { recursive: true, force: true }));

  test('the data root may be behind a symbolic link', async () => {
    mkdirSync(join(home, 'disk'));
    symlinkSync('disk', join(home, 'link'));
    const engine = await TestEngine.start({ dataRoot: join(home, 'link') });
    try {
      await provideImages(engine, ['busybox']);
      await engine.wharf.ok(['volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'mounted']);
      const holder = await engine.wharf.ok(['run', '-d', '-v', 'mounted:/x', 'busybox', 'sleep', '100']);
      await engine.wharf.ok(['exec', holder, 'touch', '/x/shared']);
      const seen = await engine.wharf.ok(['run', '--rm', '-v', 'mounted:/x', 'busybox', 'ls', '/x']);
      assert.equal(seen, 'shared');
      await engine.wharf.ok(['rm', '-f', holder]);
      assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(home), 'mounts are left');
      await engine.wharf.ok(['volume', 'rm', 'mounted']);
    } finally {
      await engine.stop();
    }
  });
});
