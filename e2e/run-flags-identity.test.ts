import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { field, inside, refused } from './support/flags.ts';
import { suite } from './support/suite.ts';

suite('run flags: identity', {}, ({ both, ours }) => {
  both('--name --hostname --domainname --label --label-file --annotation --cidfile --quiet --pull', async (scene) => {
    const { cli, engine } = scene;
    const { directory } = engine.places;
    const [labels, cidfile] = [join(directory, 'labels'), join(directory, `${cli.name}.cid`)];
    writeFileSync(labels, '# a comment\nfrom.file=1\nboth=file\n');
    const said = await cli.ok([
      ...[
        'run',
        '--network',
        'none',
        '--name',
        `named-${cli.name}`,
        '--hostname',
        'box',
        '--domainname',
        'example.org',
      ],
      ...['--label', 'own=2', '-l', 'both=flag', '--label-file', labels, '--cidfile', cidfile],
      ...[
        '--quiet',
        '--pull',
        'never',
        'busybox',
        'sh',
        '-c',
        'hostname; cat /proc/sys/kernel/domainname /etc/hostname',
      ],
    ]);
    assert.equal(said, 'box\nexample.org\nbox');
    const id = await field(cli, `named-${cli.name}`, '.Id');
    assert.equal(readFileSync(cidfile, 'utf8'), id);
    const shown = JSON.parse(await field(cli, id, 'json .Config.Labels')) as object;
    const own = Object.entries(shown).filter(([key]) => !key.startsWith('org.opencontainers.'));
    assert.deepEqual(Object.fromEntries(own), { 'from.file': '1', own: '2', both: 'flag' });
    await cli.ok(['rm', id]);
  });

  // The annotation is for runtimes: their bundle is where it can be seen.
  ours('--annotation reaches the runtime; --runtime chooses it', async ({ cli, engine, t }) => {
    await refused(cli, ['--runtime', 'nobody'], /unknown or invalid runtime name: nobody/);
    const known = JSON.parse(await cli.ok(['info', '-f', '{{json .Runtimes}}'])) as object;
    if (!('runc' in known)) return t.skip('runc is not installed');
    const run = ['run', '-d', '--network', 'none', '--runtime', 'runc', '--annotation', 'a.b/c=d', 'busybox'];
    const id = await cli.ok([...run, 'sleep', '60']);
    assert.equal(await field(cli, id, '.HostConfig.Runtime'), 'runc');
    const { execRoot } = engine.places;
    const bundles = readdirSync(execRoot, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('config.json'),
    );
    const configs = bundles.map((path) => JSON.parse(readFileSync(join(execRoot, path), 'utf8')) as object);
    const annotated = configs.map((config) => (config as { annotations?: object }).annotations);
    assert.deepEqual(annotated, [{ 'a.b/c': 'd' }]);
    await cli.ok(['rm', '-f', id]);
  });

  both('--platform: what the image is not is refused', async ({ cli }) => {
    const own = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
    assert.equal(await inside(cli, ['--platform', own], 'echo fits'), 'fits');
    const other = own === 'linux/arm64' ? 'linux/s390x' : 'linux/arm64';
    const result = await cli.run(['run', '--rm', '--pull', 'never', '--platform', other, 'busybox', 'true']);
    assert.equal(result.code, 125);
  });

  both('--pull: never asks no registry, always asks one even for what is here', async ({ cli }) => {
    const missing = await cli.run(['run', '--pull', 'never', '127.0.0.1:1/none', 'true']);
    assert.deepEqual([missing.code, /No such image/.test(missing.stderr)], [125, true], missing.stderr);
    await cli.ok(['tag', 'busybox', '127.0.0.1:1/here']);
    const always = await cli.run(['run', '--rm', '--pull', 'always', '127.0.0.1:1/here', 'true']);
    assert.deepEqual([always.code, /refused|connect/i.test(always.stderr)], [125, true], always.stderr);
    assert.equal((await cli.run(['run', '--rm', '--network', 'none', '127.0.0.1:1/here', 'true'])).code, 0);
    await cli.ok(['rmi', '127.0.0.1:1/here']);
  });

  both('--help shows all flags and runs nothing', async ({ cli }) => {
    assert.match(await cli.ok(['run', '--help']), /--volumes-from/);
    assert.equal(await cli.ok(['ps', '-aq']), '');
  });

  both('--isolation --cpu-count --cpu-percent --io-maxbandwidth --io-maxiops are of Windows', async ({ cli }) => {
    await refused(
      cli,
      ['--isolation', 'hyperv'],
      /invalid isolation \(hyperv\): linux only supports 'default'|Invalid isolation/i,
    );
    assert.equal(await inside(cli, ['--isolation', 'default'], 'echo ran'), 'ran');
    for (const flag of ['--cpu-count', '--cpu-percent', '--io-maxbandwidth', '--io-maxiops']) {
      await refused(cli, [flag, '1'], /only supported on a (Docker )?daemon running on windows/i, 1);
    }
  });
});
