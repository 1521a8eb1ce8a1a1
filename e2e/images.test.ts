import assert from 'node:assert/strict';
import { TestRegistry } from '@wharf/testkit';
import { serveImage } from './support/make-image.ts';
import { busyboxLayer } from './support/program-image.ts';
import { rawTar } from './support/raw-tar.ts';
import { type Scene, suite } from './support/suite.ts';

async function twoLayers(registry: TestRegistry, repository: string): Promise<string> {
  const top = await rawTar([
    { name: 'etc/.wh.group' },
    { name: 'var/.wh..wh..opq' },
    { name: 'var/new', data: 'new' },
    { name: 'etc/added', data: repository },
  ]);
  return serveImage(registry, repository, 'v1', {
    layers: [await busyboxLayer(), top],
    config: { Cmd: ['cat', '/etc/added'] },
  });
}

/** Runs a scenario with a registry that holds one image of two layers, and removes that image afterwards. */
function withImage(scenario: (scene: Scene & { name: string; registry: TestRegistry }) => Promise<void>) {
  return async (scene: Scene): Promise<void> => {
    const registry = await TestRegistry.start();
    try {
      const name = await twoLayers(registry, `e2e/${scene.cli.name}`);
      await scenario({ ...scene, name, registry });
      await scene.cli.run(['rmi', '-f', name]);
    } finally {
      await registry.close();
    }
  };
}

suite('images', {}, ({ both, once, ours }) => {
  both(
    'pull shows its steps, and again finds nothing to do',
    withImage(async ({ cli, name }) => {
      const first = await cli.ok(['pull', name]);
      assert.match(first, /^v1: Pulling from e2e\/\w+\n/);
      assert.match(first, /Pull complete\n/);
      assert.match(first, /\nDigest: sha256:[0-9a-f]{64}\n/);
      assert.ok(first.endsWith(`\nStatus: Downloaded newer image for ${name}\n${name}`), first);
      const second = await cli.ok(['pull', name]);
      assert.ok(second.endsWith(`\nStatus: Image is up to date for ${name}\n${name}`), second);
    }),
  );

  both(
    'layers are stacked: files added, whiteouts applied',
    withImage(async ({ cli, name }) => {
      assert.equal(await cli.ok(['run', '--rm', name]), `e2e/${cli.name}`);
      const out = await cli.ok(['run', '--rm', name, 'sh', '-c', 'ls /etc /var; cat /var/new']);
      assert.equal(out.includes('group'), false);
      assert.match(out, /passwd[^]*\/var:\nnew\nnew$/);
    }),
  );

  both(
    'images, image inspect, history',
    withImage(async ({ cli, name }) => {
      await cli.ok(['pull', '-q', name]);
      const repository = name.slice(0, name.lastIndexOf(':'));
      const [head, row] = (await cli.ok(['images', repository])).split('\n');
      assert.match(head ?? '', /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/);
      assert.match(row ?? '', new RegExp(`^${repository} +v1 +[0-9a-f]{12} +.* ago +\\d[.\\d]*[kM]B$`));
      const id = await cli.ok(['images', '-q', '--no-trunc', repository]);
      const format = '{{.Id}} {{json .RepoTags}} {{len .RootFS.Layers}} {{json .Config.Cmd}}';
      assert.equal(await cli.ok(['image', 'inspect', '-f', format, name]), `${id} ["${name}"] 2 ["cat","/etc/added"]`);
      const history = await cli.ok(['history', '--format', '{{.CreatedBy}}', name]);
      assert.equal(history, 'layer 1\nlayer 0');
      assert.equal(await cli.ok(['inspect', '-f', '{{.Os}}', name]), 'linux');
    }),
  );

  both(
    'tag and rmi: names first, the image with the last one',
    withImage(async ({ cli, name }) => {
      const other = `other-${cli.name}:x`;
      await cli.ok(['pull', '-q', name]);
      await cli.ok(['tag', name, other]);
      assert.equal(await cli.ok(['run', '--rm', other]), `e2e/${cli.name}`);
      assert.match(await cli.ok(['rmi', name]), new RegExp(`^Untagged: ${name}\\n`));
      assert.match(await cli.ok(['rmi', other]), new RegExp(`^Untagged: ${other}\\n[^]*Deleted: sha256:[0-9a-f]{64}`));
      const gone = await cli.run(['rmi', other]);
      assert.equal(gone.code, 1);
      assert.match(gone.stderr, new RegExp(`No such image: ${other}`));
    }),
  );

  both(
    'an image in use is not removed',
    withImage(async ({ cli, name }) => {
      await cli.ok(['pull', '-q', name]);
      const id = await cli.ok(['create', name]);
      const refused = await cli.run(['rmi', name]);
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        new RegExp(`conflict: unable to remove repository reference "${name}".*${id.slice(0, 12)}`),
      );
      await cli.ok(['rm', id]);
    }),
  );

  // dockerd shares the download of layers only.
  ours(
    'two pulls of the same image at once both succeed, and its layers come once',
    withImage(async ({ cli, name, registry, engine }) => {
      await Promise.all([
        cli.ok(['pull', '-q', name]),
        cli.ok(['pull', '-q', name]),
        engine.docker.ok(['pull', '-q', name]),
      ]);
      assert.match(await cli.ok(['run', '--rm', name]), /^e2e\//);
      const blobs = registry.requests.filter((request) => request.kind === 'blob' && request.method === 'GET');
      const counts = Map.groupBy(blobs, (request) => request.path);
      // Only the small configuration may be asked for by each pull.
      assert.ok(
        [...counts.values()].filter((requests) => requests.length > 1).length <= 1,
        JSON.stringify([...counts]),
      );
    }),
  );

  once('a registry that asks for a login', async ({ cli, engine }) => {
    const registry = await TestRegistry.start({ username: 'u', password: 'p' });
    const name = await twoLayers(registry, 'secret/image');
    const refused = await cli.run(['pull', name]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /unauthorized|denied|no basic auth credentials/i);
    const auth = Buffer.from(JSON.stringify({ username: 'u', password: 'p', serveraddress: registry.host })).toString(
      'base64',
    );
    const pulled = await engine.api('POST', `/images/create?fromImage=${registry.host}/secret/image&tag=v1`, '', {
      'X-Registry-Auth': auth,
    });
    assert.equal(pulled.status, 200, pulled.text);
    assert.match(pulled.text, /Downloaded newer image/);
    await cli.ok(['rmi', name]);
    await registry.close();
  });

  once(
    'pull by digest',
    withImage(async ({ cli, name }) => {
      const digest = /Digest: (sha256:\w+)/.exec(await cli.ok(['pull', name]))?.[1] ?? '';
      const repository = name.slice(0, name.lastIndexOf(':'));
      await cli.ok(['rmi', name]);
      await cli.ok(['pull', '-q', `${repository}@${digest}`]);
      assert.match(await cli.ok(['run', '--rm', `${repository}@${digest}`]), /^e2e\//);
      await cli.ok(['rmi', '-f', `${repository}@${digest}`]);
    }),
  );

  ours('pull --all-tags brings every tag of a repository', async ({ cli }) => {
    const lines = (await cli.ok(['pull', '-a', 'busybox'])).split('\n');
    const tags = lines.flatMap((line) => /^(\S+): Pulling from library\/busybox$/.exec(line)?.[1] ?? []);
    assert.ok(tags.length >= 2 && tags.includes('latest'), lines.join('|'));
    assert.equal(lines.filter((line) => line.startsWith('Status: ')).length, 1);
    const there = (await cli.ok(['images', '--format', '{{.Tag}}', 'busybox'])).split('\n');
    for (const tag of tags) assert.ok(there.includes(tag), tag);
  });

  ours('the images of the library say what they are made of', async ({ cli }) => {
    const format = '{{index .Config.Labels "org.opencontainers.image.description"}}';
    assert.match(
      await cli.ok(['image', 'inspect', '-f', format, 'busybox']),
      /^Built from Debian packages .*not the Docker Hub image/,
    );
  });
});
