import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { engineKind, runCommand, TestEngine, TestRegistry } from '@wharf/testkit';
import { serveImage } from './support/make-image.ts';
import { busyboxLayer } from './support/program-image.ts';
import { rawTar } from './support/raw-tar.ts';

const MIB = 1 << 20;
const env = { PATH: process.env['PATH'] ?? '' };

describe('full disk', { timeout: 120_000, skip: engineKind() === 'dockerd' }, () => {
  // Beside the engine's directory: this mount is the test's own.
  const small = mkdtempSync('/dev/shm/wharf-small-');
  const dataRoot = join(small, 'data');
  after(async () => {
    await runCommand(['umount', '-l', dataRoot], { env });
    rmSync(small, { recursive: true, force: true });
  });

  test('what does not fit fails plainly, leaves its space free, and the engine works on', async () => {
    mkdirSync(dataRoot);
    await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', dataRoot], { env });
    const engine = await TestEngine.start({ dataRoot, hub: false });
    const registry = await TestRegistry.start();
    try {
      const big = await rawTar([{ name: 'big', data: randomBytes(60 * MIB) }]);
      const bigName = serveImage(registry, 'big', 'latest', { layers: [big] });
      const smallName = serveImage(registry, 'small', 'latest', { layers: [await busyboxLayer()] });
      const refused = await engine.docker.run(['pull', bigName], { timeout: 60_000 });
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /no space left on device/i);

      await engine.docker.ok(['pull', '-q', smallName]);
      assert.equal(await engine.docker.ok(['run', '--rm', smallName, 'echo', 'still here']), 'still here');

      // A container that fills the engine's own disk must end, be removed, and give the room back.
      const greedy = await engine.docker.run(
        ['run', '--rm', smallName, 'sh', '-c', 'cat /dev/zero > /full; echo end'],
        {
          timeout: 30_000,
        },
      );
      assert.equal(greedy.stdout.trim(), 'end');
      assert.match(greedy.stderr, /No space left on device/);
      assert.equal(await engine.docker.ok(['run', '--rm', smallName, 'echo', 'and still here']), 'and still here');

      // Neither does it need room to remove what fills the disk, also when the engine's own reserve is used up.
      for (const name of ['one', 'two', 'three']) {
        await engine.docker.run(['run', '--name', name, smallName, 'sh', '-c', 'cat /dev/zero > /full']);
      }
      const left = (await engine.docker.ok(['ps', '-aq'])).split('\n').filter(Boolean);
      await engine.docker.ok(['rm', ...left]);
      assert.equal(await engine.docker.ok(['run', '--rm', smallName, 'echo', 'here again']), 'here again');
    } catch (error) {
      process.stderr.write(`--- engine log\n${(await engine.log()).slice(-8_000)}\n---\n`);
      throw error;
    } finally {
      await registry.close();
      await engine.stop();
    }
  });
});
