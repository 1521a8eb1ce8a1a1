import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LibC } from '@wharf/linux';
import { O_PATH, TreePacker } from '@wharf/tar';
import type { Cli } from '@wharf/testkit';
import { suite } from './support/suite.ts';

interface Inspected {
  readonly Id: string;
  readonly Author: string;
  readonly Comment: string;
  readonly Config: Record<string, unknown>;
  readonly RootFS: { readonly Layers: readonly string[] };
}

async function inspect(cli: Cli, image: string): Promise<Inspected> {
  const [found] = JSON.parse(await cli.ok(['image', 'inspect', image])) as Inspected[];
  assert.ok(found);
  return found;
}

/** Whatever a writable layer can hold: new, changed, removed, replaced, linked, owned, special files. */
const CHANGE = [
  'echo new >/new; ln /new /hard; ln -s new /link; chmod 4755 /hard; mkfifo /pipe; mknod /null c 1 3',
  'mkdir -p /opt/a/b; chown 7:8 /opt/a; echo u:x:5:5::/:/bin/sh >>/etc/passwd; rm /bin/true',
  'rm -rf /bin2; mkdir /replaced; echo 1 >/replaced/one',
].join('; ');

const LOOK = [
  'stat -c "%n %F %a %h %u:%g" /new /hard /link /pipe /null /opt/a /opt/a/b',
  'cat /new; readlink /link; tail -n 1 /etc/passwd; ls /bin/true 2>&1; ls /etc/hosts /replaced',
].join('; ');

async function committed(cli: Cli, ...flags: string[]): Promise<{ container: string; image: string }> {
  const container = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', `${CHANGE}; touch /ready; exec sleep 600`]);
  for (let tries = 0; (await cli.run(['exec', container, 'ls', '/ready'])).code !== 0; tries += 1)
    assert.ok(tries < 200);
  return { container, image: await cli.ok(['commit', ...flags, container]) };
}

async function clear(cli: Cli, container: string, ...images: string[]): Promise<void> {
  await cli.ok(['rm', '-f', container]);
  await cli.ok(['rmi', ...images]);
}

suite('commit', {}, ({ both, once, ours }) => {
  both('what a container changed is a layer on top of its image, and runs', async ({ cli }) => {
    const { container, image } = await committed(cli);
    assert.match(image, /^sha256:[0-9a-f]{64}$/);
    const before = await cli.ok(['exec', container, 'sh', '-c', LOOK]);
    assert.equal(await cli.ok(['run', '--rm', image, 'sh', '-c', LOOK]), before);
    const [base, made] = [await inspect(cli, 'busybox'), await inspect(cli, image)];
    assert.deepEqual(made.RootFS.Layers.slice(0, -1), base.RootFS.Layers);
    assert.equal(await cli.ok(['inspect', '-f', '{{.State.Status}}', container]), 'running');
    await clear(cli, container, image);
  });

  both('name, author, message and changes are those that were given', async ({ cli }) => {
    const name = `made-${cli.name}`;
    const changes = [
      ...['CMD ["cat", "/new"]', 'ENV A="1 2" B=$A.x', 'EXPOSE 80 90/udp', 'LABEL k=v "a b"=c', 'ONBUILD RUN x'],
      ...['USER 1:2', 'VOLUME /data', 'WORKDIR /opt', 'WORKDIR a'],
      'HEALTHCHECK --interval=5s --retries=2 CMD true',
    ].flatMap((change) => ['-c', change]);
    const { container, image } = await committed(cli, '-a', 'me <me@x>', '-m', 'the message', ...changes);
    await cli.ok(['tag', image, name]);
    const { Author, Comment, Config } = await inspect(cli, name);
    assert.deepEqual([Author, Comment], ['me <me@x>', 'the message']);
    const env = (Config['Env'] as string[]).filter((entry) => !entry.startsWith('PATH='));
    assert.deepEqual(env, ['A=1 2', 'B=.x']);
    assert.deepEqual(Config['Cmd'], ['cat', '/new']);
    assert.deepEqual(Object.keys(Config['ExposedPorts'] as object).sort(), ['80/tcp', '90/udp']);
    const labels = Config['Labels'] as Record<string, string>;
    assert.deepEqual([labels['k'], labels['a b']], ['v', 'c']);
    assert.deepEqual(
      ['OnBuild', 'User', 'Volumes', 'WorkingDir'].map((key) => Config[key]),
      [['RUN x'], '1:2', { '/data': {} }, '/opt/a'],
    );
    const health = Config['Healthcheck'] as Record<string, unknown>;
    assert.deepEqual([health['Test'], health['Interval'], health['Retries']], [['CMD-SHELL', 'true'], 5e9, 2]);
    const [newest] = (await cli.ok(['history', '--format', '{{.Comment}}|{{.CreatedBy}}', name])).split('\n');
    assert.match(newest ?? '', /^the message\|sh -c echo new/);
    assert.equal(await cli.ok(['run', '--rm', name]), 'new');
    await clear(cli, container, name);
  });

  both('a wrong change, name or container is refused in the words of Docker', async ({ cli }) => {
    const container = await cli.ok(['create', 'busybox']);
    const refused = async (args: string[], reason: RegExp) => {
      const { code, stderr } = await cli.run(['commit', ...args]);
      assert.deepEqual([code, reason.test(stderr)], [1, true], `${args.join(' ')}: ${stderr}`);
    };
    await refused(['-c', 'RUN x', container], /run is not a valid change command/i);
    await refused(['-c', 'ENV', container], /ENV requires at least one argument/);
    await refused(['-c', '# nothing', container], /file with no instructions/);
    await refused([container, 'UPPER'], /must be lowercase/);
    await refused(['nothere'], /No such container: nothere/);
    await cli.ok(['rm', container]);
  });

  once('a running container is paused meanwhile, unless that is not wanted', async ({ cli, engine }) => {
    const { container, image } = await committed(cli);
    const second = await cli.ok(['commit', '--pause=false', container, 'twice:v2']);
    const filters = encodeURIComponent(JSON.stringify({ container: [container] }));
    const { text } = await engine.api('GET', `/events?since=1&until=${Date.now() / 1000 + 1}&filters=${filters}`);
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } });
    const actions = events.map(({ Action }) => Action).filter((action) => /^(un)?pause$|^commit$/.test(action));
    assert.deepEqual(actions, ['pause', 'commit', 'unpause', 'commit']);
    const { imageRef, imageID } = events.findLast(({ Action }) => Action === 'commit')?.Actor.Attributes ?? {};
    assert.equal(imageRef, 'twice:v2');
    assert.equal(imageID, second);
    assert.match(await cli.ok(['images', 'twice']), /twice\s+v2/);
    await clear(cli, container, image, second);
  });

  ours(
    'the archive of a layer can be written again from its directory, with the same bytes',
    async ({ cli, engine }) => {
      const { container, image } = await committed(cli);
      const diffId = (await inspect(cli, image)).RootFS.Layers.at(-1) ?? '';
      const layers = join(engine.places.dataRoot, 'images/layers');
      const name = readdirSync(layers).find((each) => diffId.startsWith(`sha256:${each}`)) ?? '';
      const dir = openSync(join(layers, name), O_PATH);
      const layer = { leaves: () => false };
      const options = { calls: new LibC(), contentOnly: true, layer };
      const packer = new TreePacker([{ dir, name: '', archiveName: '' }], options);
      const hash = createHash('sha256');
      const buffer = Buffer.alloc(10_000);
      for (let size = packer.fill(buffer); size > 0; size = packer.fill(buffer)) hash.update(buffer.subarray(0, size));
      closeSync(dir);
      assert.equal(`sha256:${hash.digest('hex')}`, diffId);
      await clear(cli, container, image);
    },
  );

  ours('the layer of an unchanged container is left out; equal changes are equal layers', async ({ cli, engine }) => {
    const layers = async (image: string) => (await inspect(cli, image)).RootFS.Layers;
    const idle = await cli.ok(['create', 'busybox']);
    const empty = await cli.ok(['commit', idle]);
    assert.deepEqual(await layers(empty), await layers('busybox'));
    const file = join(engine.places.directory, 'same');
    writeFileSync(file, 'same');
    const made: string[] = [];
    for (const name of ['one', 'two']) {
      await cli.ok(['create', '--name', name, 'busybox']);
      await cli.ok(['cp', file, `${name}:/root/same`]);
      await cli.ok(['cp', '/bin/true', `${name}:/home/`]);
      made.push(await cli.ok(['commit', name]));
    }
    const [one = [], two = []] = await Promise.all(made.map(layers));
    const parents = (list: readonly string[]) => list.length;
    assert.equal(parents(one), parents(two));
    // A committed image is committed again: one more layer, the same files.
    const again = await cli.ok(['run', '--name', 'three', '-d', made[0] ?? '', 'sh', '-c', 'rm /root/same; sleep 600']);
    await cli.ok(['exec', again, 'sh', '-c', 'while [ -e /root/same ]; do :; done']);
    const third = await cli.ok(['commit', again]);
    assert.equal((await layers(third)).length, one.length + 1);
    assert.equal((await cli.run(['run', '--rm', third, 'cat', '/root/same'])).code, 1);
    await cli.ok(['rm', '-f', idle, 'one', 'two', again]);
    await cli.ok(['rmi', empty, third, ...made]);
  });
});
