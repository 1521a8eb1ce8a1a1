import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { callApi, type TestEngine, TestRegistry } from '@wharf/testkit';
import { serveImage } from './support/make-image.ts';
import { busyboxLayer } from './support/program-image.ts';
import { type RawMember, rawTar } from './support/raw-tar.ts';
import { type Scene, suite } from './support/suite.ts';

interface FaultScene extends Scene {
  readonly registry: TestRegistry;
}

function withRegistry(scenario: (scene: FaultScene) => Promise<void>) {
  return async (scene: Scene): Promise<void> => {
    const registry = await TestRegistry.start();
    try {
      await scenario({ ...scene, registry });
    } finally {
      await registry.close();
    }
  };
}

async function image(registry: TestRegistry, repository: string, members: readonly RawMember[] = []): Promise<string> {
  const files = [{ name: `made-for-${repository}`, data: 'x'.repeat(200_000) }, ...members];
  return serveImage(registry, repository, 'latest', { layers: [await rawTar(files)], config: { Cmd: ['/x'] } });
}

async function assertNoImage(engine: TestEngine, name: string): Promise<void> {
  assert.equal((await engine.api('GET', `/images/${name}/json`)).status, 404);
}

/** A stopped container of an image, in which files can be looked at without running anything. */
async function fileInside(scene: Scene, name: string, path: string): Promise<string> {
  return await scene.cli.ok(['run', '--rm', name, 'cat', path]);
}

suite('registry faults', {}, ({ both, once, ours }) => {
  both('a registry that is down', async ({ cli, engine }) => {
    const result = await cli.run(['pull', '127.0.0.1:9/nothing']);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /connection refused/);
    await assertNoImage(engine, '127.0.0.1:9/nothing');
  });

  both(
    'an image that the registry does not have',
    withRegistry(async ({ cli, registry }) => {
      const result = await cli.run(['pull', `${registry.host}/no/such`]);
      assert.equal(result.code, 1);
      assert.match(result.stderr, /manifest for .*no\/such:latest not found: manifest unknown/);
    }),
  );

  both(
    'run of an image that nobody has: 125',
    withRegistry(async ({ cli, registry }) => {
      const result = await cli.run(['run', '--rm', `${registry.host}/no/such`]);
      assert.equal(result.code, 125);
      assert.match(result.stderr, /Unable to find image '.*no\/such:latest' locally\n/);
      assert.match(result.stderr, /not found/);
    }),
  );

  once(
    'a registry that fails for good',
    withRegistry(async ({ cli, registry }) => {
      registry.fault = (_request, response) => {
        response.statusCode = 500;
        response.end();
        return true;
      };
      const result = await cli.run(['pull', `${registry.host}/any`]);
      assert.equal(result.code, 1);
      assert.match(result.stderr, /500/);
    }),
  );

  both(
    'a layer with another content than its digest says',
    withRegistry(async ({ cli, registry, engine }) => {
      const name = await image(registry, `wrong-${cli.name}`);
      registry.fault = (request, response, content) => {
        if (request.kind !== 'blob' || content === undefined || content.data[0] !== 0x1f) return false;
        response.setHeader('Content-Length', content.data.length);
        response.end(Buffer.alloc(content.data.length, 7));
        return true;
      };
      const result = await cli.run(['pull', name]);
      assert.equal(result.code, 1);
      assert.match(result.stderr, /digest|verif/i);
      await assertNoImage(engine, name);
      registry.fault = undefined;
      await cli.ok(['pull', '-q', name]);
    }),
  );

  once(
    'a manifest with another content than the digest asked for',
    withRegistry(async ({ cli, registry, engine }) => {
      const name = await image(registry, 'wrong-manifest');
      registry.fault = (request, response, content) => {
        if (request.kind !== 'manifest' || content === undefined) return false;
        response.setHeader('Content-Type', content.mediaType);
        response.end(request.method === 'HEAD' ? undefined : content.data);
        return true;
      };
      const digest = `sha256:${'a'.repeat(64)}`;
      registry.manifest(
        'wrong-manifest',
        digest,
        Buffer.from('{"schemaVersion":2}'),
        'application/vnd.oci.image.manifest.v1+json',
      );
      const result = await cli.run(['pull', `${name.replace(/:latest$/, '')}@${digest}`]);
      assert.equal(result.code, 1);
      assert.match(result.stderr, /digest|verif|manifest/i);
      await assertNoImage(engine, name);
    }),
  );

  once(
    'a layer that ends too early is taken up where it ended, when the registry recovers',
    withRegistry(async ({ cli, registry }) => {
      const name = await image(registry, 'early');
      let faults = 0;
      registry.fault = (request, response, content) => {
        if (request.kind !== 'blob' || content === undefined || content.data[0] !== 0x1f || faults > 0) return false;
        faults += 1;
        response.setHeader('Content-Length', content.data.length);
        response.write(content.data.subarray(0, 100));
        setTimeout(() => response.destroy(), 50);
        return true;
      };
      await cli.ok(['pull', '-q', name], { timeout: 60_000 });
      assert.equal(faults, 1);
    }),
  );

  once(
    'a layer whose content is not what the configuration says (diff ID)',
    withRegistry(async ({ cli, registry, engine }) => {
      const layer = await rawTar([{ name: 'x', data: 'y' }]);
      const name = serveImage(registry, 'lie', 'latest', { layers: [layer], diffIds: [`sha256:${'b'.repeat(64)}`] });
      const result = await cli.run(['pull', name]);
      assert.equal(result.code, 1);
      await assertNoImage(engine, name);
    }),
  );

  once(
    'a layer that is no archive',
    withRegistry(async ({ cli, registry, engine }) => {
      const name = serveImage(registry, 'garbage', 'latest', { layers: [Buffer.alloc(4096, 0x41)] });
      const result = await cli.run(['pull', name]);
      assert.equal(result.code, 1);
      await assertNoImage(engine, name);
    }),
  );

  for (const [what, members] of [
    ['../ in a name', [{ name: '../../../../../../../../../tmp/wharf-e2e-escape', data: 'bad' }]],
    ['an absolute name', [{ name: '/tmp/wharf-e2e-escape', data: 'bad' }]],
    [
      'a link out of the layer, then a file through it',
      [
        { name: 'out', type: 'symlink', target: '/tmp' },
        { name: 'out/wharf-e2e-escape', data: 'bad' },
      ],
    ],
    [
      'a relative link out of the layer, then a file through it',
      [
        { name: 'a/', type: 'directory' },
        { name: 'a/out', type: 'symlink', target: '../../../../../../../../../../../tmp' },
        { name: 'a/out/wharf-e2e-escape', data: 'bad' },
      ],
    ],
    ['a hard link to a file of the host', [{ name: 'shadow', type: 'link', target: '/etc/shadow' }]],
    ['a hard link with ../', [{ name: 'shadow', type: 'link', target: '../../../../../../../../../../etc/shadow' }]],
    ['a whiteout with ../', [{ name: '../../../../../../../../../tmp/.wh.wharf-e2e-victim' }]],
    [
      'a whiteout through a link',
      [{ name: 'out', type: 'symlink', target: '/tmp' }, { name: 'out/.wh.wharf-e2e-victim' }],
    ],
  ] as const) {
    once(
      `a hostile archive touches nothing outside: ${what}`,
      withRegistry(async ({ cli, registry, t }) => {
        await withVictim(t, async (check) => {
          const repository = `hostile-${what.replaceAll(/\W+/g, '-')}`.toLowerCase().replace(/-+$/, '');
          const archive = await rawTar(members as readonly RawMember[]);
          const name = serveImage(registry, repository, 'latest', { layers: [await busyboxLayer(), archive] });
          const result = await cli.run(['pull', '-q', name]);
          await check();
          if (result.code !== 0) return;
          // Accepted: then what the archive means lies inside the layer, and the host's file is not in it.
          const read = await cli.run(['run', '--rm', name, 'sh', '-c', 'cat /shadow 2>/dev/null; true']);
          assert.doesNotMatch(read.stdout, /root:[^*x:]/);
          await cli.ok(['rmi', name]);
          await check();
        });
      }),
    );
  }

  once(
    'an absolute link in an image points into the image',
    withRegistry(async (scene) => {
      const archive = await rawTar([
        { name: 'real', data: 'inside' },
        { name: 'link', type: 'symlink', target: '/real' },
      ]);
      const name = serveImage(scene.registry, 'links', 'latest', { layers: [await busyboxLayer(), archive] });
      await scene.cli.ok(['pull', '-q', name]);
      assert.equal(await fileInside(scene, name, '/link'), 'inside');
    }),
  );

  once(
    'a client that goes away ends its pull, and leaves nothing half done',
    withRegistry(async ({ cli, registry, engine }) => {
      const name = await image(registry, 'slow');
      let asked = false;
      registry.fault = (request, response, content) => {
        if (request.kind !== 'blob' || content === undefined || content.data[0] !== 0x1f) return false;
        asked = true;
        response.setHeader('Content-Length', content.data.length);
        response.write(content.data.subarray(0, 10));
        return true;
      };
      const running = cli.start(['pull', name]);
      await running.waitForOutput('Pulling from').catch(() => {});
      for (let at = 0; at < 200 && !asked; at += 1) await callApi(engine.places.socket, 'GET', '/_ping');
      running.kill('SIGINT');
      assert.notEqual((await running.exited).code, 0);
      await assertNoImage(engine, name);
      registry.fault = undefined;
      await cli.ok(['pull', '-q', name]);
    }),
  );

  ours('nothing of all this is left in the data root', async ({ engine }) => {
    const left = await readdir(join(engine.places.dataRoot), { recursive: true });
    assert.deepEqual(
      left.filter((path) => /(tmp|partial|trash|ingest)\/[^/]+$/.test(path) && !path.includes('hub')),
      [],
    );
  });
});

/** Puts a file into /tmp that hostile archives aim at, and gives a check that it is untouched and alone. */
async function withVictim(t: TestContext, scenario: (check: () => Promise<void>) => Promise<void>): Promise<void> {
  const { rm, writeFile, readFile, access } = await import('node:fs/promises');
  const [victim, escape] = ['/tmp/wharf-e2e-victim', '/tmp/wharf-e2e-escape'];
  await writeFile(victim, 'whole');
  t.after(async () => {
    await rm(victim, { force: true });
    await rm(escape, { force: true });
  });
  await scenario(async () => {
    assert.equal(await readFile(victim, 'utf8'), 'whole');
    await assert.rejects(access(escape), { code: 'ENOENT' });
  });
}
