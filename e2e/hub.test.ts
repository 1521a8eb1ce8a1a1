import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, type TestEngine } from '@wharf/testkit';
import { libraryLayout } from './support/library.ts';
import { suite } from './support/suite.ts';

const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };
const NO_SKOPEO = !env.PATH.split(':').some((directory) => existsSync(join(directory, 'skopeo')));

/** "127.0.0.1:port" of the engine's Hub as it says in its log; the last start counts. */
async function hubHost(engine: TestEngine): Promise<string> {
  return [...(await engine.log()).matchAll(/hub listens.*http:\/\/(127\.0\.0\.1:\d+)/g)].at(-1)?.[1] ?? '';
}

async function skopeo(args: readonly string[]): Promise<string> {
  const result = await runCommand(['skopeo', '--insecure-policy', ...args], { env });
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

suite('hub', { images: [] }, ({ ours, both }) => {
  both('run pulls what is missing from the Hub, says so, and runs it', async ({ cli }) => {
    if (cli.name === 'docker') await cli.run(['rmi', '-f', 'hello-world']);
    const result = await cli.run(['run', '--rm', 'hello-world']);
    assert.equal(result.code, 0, result.stderr);
    assert.match(
      result.stderr,
      /^Unable to find image 'hello-world:latest' locally\nlatest: Pulling from library\/hello-world\n/,
    );
    assert.match(
      result.stderr,
      /\nDigest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for hello-world:latest\n$/,
    );
    assert.match(result.stdout, /^Hello from Wharf!\n/);
    const again = await cli.run(['run', '--rm', 'hello-world']);
    assert.equal(again.stderr, '');
  });

  both('--pull never does not pull', async ({ cli }) => {
    await cli.run(['rmi', '-f', 'busybox']);
    const result = await cli.run(['run', '--rm', '--pull', 'never', 'busybox', 'true']);
    assert.equal(result.code, 125);
    assert.match(result.stderr, /No such image: busybox:latest/);
  });

  ours('an image of the library has its Docker names', async ({ cli }) => {
    await cli.ok(['pull', '-q', 'docker.io/library/busybox:latest']);
    assert.equal(await cli.ok(['images', '--format', '{{.Repository}}:{{.Tag}}', 'busybox']), 'busybox:latest');
    assert.match(
      await cli.ok(['image', 'inspect', '-f', '{{index .RepoDigests 0}}', 'busybox']),
      /^busybox@sha256:[0-9a-f]{64}$/,
    );
  });

  ours('other programs pull from it and push to it', async ({ cli, engine, t }) => {
    if (NO_SKOPEO) return t.skip('skopeo is not installed');
    const host = await hubHost(engine);
    const layout = await libraryLayout('busybox');
    const described = await skopeo(['inspect', '--tls-verify=false', `docker://${host}/library/hello-world:latest`]);
    assert.match(described, /not the Docker Hub image/);
    const password = readFileSync(join(engine.places.dataRoot, 'hub-password'), 'utf8').trim();
    const target = `docker://${host}/team/box:v1`;
    const anonymous = await runCommand(
      ['skopeo', '--insecure-policy', 'copy', '--dest-tls-verify=false', `oci:${layout}:latest`, target],
      { env },
    );
    assert.notEqual(anonymous.code, 0, 'only who knows the password may push');
    await skopeo([
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds',
      `wharf:${password}`,
      `oci:${layout}:latest`,
      target,
    ]);
    await cli.ok(['pull', '-q', `${host}/team/box:v1`]);
    assert.equal(
      await cli.ok(['run', '--rm', `${host}/team/box:v1`, 'echo', 'pushed and pulled']),
      'pushed and pulled',
    );
    await cli.ok(['rmi', `${host}/team/box:v1`]);
  });

  ours('what was pushed is there after a restart', async ({ cli, engine, t }) => {
    if (NO_SKOPEO) return t.skip('skopeo is not installed');
    await engine.kill9();
    await engine.start();
    const host = await hubHost(engine);
    const tags = await skopeo(['list-tags', '--tls-verify=false', `docker://${host}/team/box`]);
    assert.deepEqual((JSON.parse(tags) as { Tags: string[] }).Tags, ['v1']);
    await cli.ok(['pull', '-q', `${host}/team/box:v1`]);
  });

  ours('a tag that the library does not have is not found there', async ({ cli, engine }) => {
    const result = await cli.run(['pull', `${await hubHost(engine)}/library/busybox:no-such-tag`]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /manifest unknown/);
  });
});
