import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestEngine, TestRegistry } from '@wharf/testkit';
import { serveImage } from './support/make-image.ts';
import { busyboxLayer } from './support/program-image.ts';
import { rawTar } from './support/raw-tar.ts';
import { suite } from './support/suite.ts';
import { inside, mountOf, refused, removeAll } from './support/volumes.ts';

/** An image that declares a volume /data, with files of every kind in it. */
async function provideDataImage(engine: TestEngine): Promise<void> {
  const registry = await TestRegistry.start();
  try {
    const owner = { uid: 33, gid: 34 };
    const layers = [
      await busyboxLayer(),
      await rawTar([
        { name: 'data/', type: 'directory', mode: 0o2750, ...owner },
        { name: 'data/file', data: 'content', mode: 0o640, ...owner, pax: { 'SCHILY.xattr.user.colour': 'blue' } },
        { name: 'data/gone', data: 'x' },
        { name: 'data/link', type: 'symlink', target: 'file' },
        { name: 'data/twin', type: 'link', target: 'data/file', mode: 0o640, ...owner },
        { name: 'data/sub/', type: 'directory', mode: 0o700 },
        { name: 'data/sub/deep', data: 'deep' },
        { name: 'empty/', type: 'directory', mode: 0o1733, ...owner },
        { name: 'byname', type: 'symlink', target: 'data' },
        { name: 'plain', data: 'a file' },
      ]),
      await rawTar([
        { name: 'data/', type: 'directory', mode: 0o2750, ...owner },
        { name: 'data/.wh.gone' },
        { name: 'data/newer', data: 'newer' },
      ]),
    ];
    const name = serveImage(registry, 'data', 'latest', { layers, config: { Cmd: ['sh'], Volumes: { '/data': {} } } });
    await engine.docker.ok(['pull', '-q', name]);
    await engine.docker.ok(['tag', name, 'data']);
    await engine.docker.ok(['rmi', name]);
  } finally {
    await registry.close();
  }
}

suite('volumes: what images put into them', {}, ({ both, once, ours }) => {
  once('an image to look at', async ({ engine }) => provideDataImage(engine));

  const LIST = 'cd /data; stat -c "%n %a %u:%g %h" . file link sub sub/deep newer; ls -A; cat file; readlink link';
  const LISTED = [
    ...[
      '. 2750 33:34 3',
      'file 640 33:34 2',
      'link 777 0:0 1',
      'sub 700 0:0 2',
      'sub/deep 644 0:0 1',
      'newer 644 0:0 1',
    ],
    ...['file', 'link', 'newer', 'sub', 'twin', 'content', 'file'],
  ];

  both(
    'a new volume takes over what the image has there: owners, modes, links, attributes',
    async ({ cli, engine }) => {
      const name = `filled-${cli.name}`;
      const tell = (options: string[]) =>
        inside(cli, options, LIST, 'data').then((text) => text.replace('contentfile', 'content\nfile'));
      // The volume that the image declares, then one of the user's.
      assert.deepEqual((await tell([])).split('\n'), LISTED);
      assert.deepEqual((await tell(['-v', `${name}:/data`])).split('\n'), LISTED);
      const data = join(engine.places.dataRoot, 'volumes', name, '_data');
      assert.deepEqual(readdirSync(data).sort(), ['file', 'link', 'newer', 'sub', 'twin']);
      // What is in it now stays: nothing is copied into a volume with content.
      await inside(cli, ['-v', `${name}:/data`], 'rm -r /data/sub; echo changed > /data/file', 'data');
      assert.equal(
        await inside(cli, ['-v', `${name}:/data`], 'cat /data/file; ls /data', 'data'),
        'changed\nfile\nlink\nnewer\ntwin',
      );
      await cli.ok(['volume', 'rm', name]);
    },
  );

  both('nocopy, an empty directory, a link, a place that the image does not have', async ({ cli }) => {
    const mount = `type=volume,src=no-${cli.name},dst=/data,volume-nocopy`;
    assert.equal(await inside(cli, ['--mount', mount], 'ls -A /data; stat -c %a:%u /data', 'data'), '755:0');
    assert.equal(await inside(cli, ['-v', `no2-${cli.name}:/data:nocopy`], 'ls -A /data', 'data'), '');
    assert.equal(await inside(cli, ['-v', '/empty'], 'stat -c %a:%u:%g /empty', 'data'), '1733:33:34');
    assert.equal(await inside(cli, ['-v', '/new/place'], 'stat -c %a:%u /new/place', 'data'), '755:0');
    await removeAll(cli);
    await cli.ok(['create', '--name', `decl-${cli.name}`, 'data']);
    assert.match(String((await mountOf(cli, `decl-${cli.name}`, '/data'))['Name']), /^[0-9a-f]{64}$/);
    await cli.ok(['rm', '-v', `decl-${cli.name}`]);
    assert.equal(await cli.ok(['volume', 'ls', '-q']), '');
  });

  once('a file of the image is no place for a volume', async ({ cli }) => {
    const result = await cli.run(['create', '-v', '/plain', 'data']);
    assert.match(result.stderr, /cannot mount volume over existing file, file exists .*plain/);
    assert.equal(await cli.ok(['ps', '-aq']), '');
    await removeAll(cli);
  });

  ours('an image mounted into a container, whole or in part, cannot be written', async ({ cli }) => {
    const mount = (more = '') => ['--mount', `type=image,src=data,dst=/i${more}`];
    assert.equal(
      await inside(cli, mount(), 'cat /i/data/file /i/plain; touch /i/x 2>&1; true'),
      ['contenta file'].join('') + 'touch: /i/x: Read-only file system',
    );
    assert.equal(await inside(cli, mount(',image-subpath=byname/sub'), 'ls /i'), 'deep');
    assert.equal(await inside(cli, mount(',image-subpath=plain'), 'cat /i'), 'a file');
    await refused(
      cli,
      ['run', '--rm', ...mount(',image-subpath=no'), 'busybox', 'true'],
      127,
      /cannot access path .*no/,
    );
    const id = await cli.ok(['create', ...mount(), 'busybox', 'cat', '/i/plain']);
    await cli.ok(['rmi', '-f', 'data']);
    assert.equal(await cli.ok(['start', '-a', id]), 'a file');
    await cli.ok(['rm', id]);
  });
});
