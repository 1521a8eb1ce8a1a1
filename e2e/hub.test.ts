import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestEngine } from '@wharf/testkit';
import { freePort } from './support/free-port.ts';
import { libraryLayout } from './support/library.ts';
import { hasPrograms } from './support/needed-program.ts';
import { pushLayout, runSkopeo, skopeo } from './support/skopeo.ts';
import { suite } from './support/suite.ts';

// The same over restarts: what was pushed to the Hub has its port in its name.
const port = await freePort();
const host = `127.0.0.1:${port}`;

/** What the engine's log says about its Hub; the last start counts. */
async function hubUrl(engine: TestEngine): Promise<string> {
  return [...(await engine.log()).matchAll(/hub listens.*(http:\/\/[\w.:]+)/g)].at(-1)?.[1] ?? '';
}

function pushCredentials(engine: TestEngine): string[] {
  const password = readFileSync(join(engine.places.dataRoot, 'hub-password'), 'utf8').trim();
  return ['--dest-creds', `wharf:${password}`];
}

suite('hub', { images: [], engine: { config: { 'hub-port': port } } }, ({ ours, both, once }) => {
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

  once('docker login: the engine asks the registry', async ({ engine }) => {
    const password = pushCredentials(engine)[1]?.split(':')[1] ?? '';
    const login = (word: string) =>
      engine.docker.run(['login', '-u', 'wharf', '--password-stdin', host], { input: word });
    const right = await login(password);
    assert.equal(right.code, 0, right.stderr);
    assert.match(right.stdout, /Login Succeeded/);
    const wrong = await login('wrong');
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /401 Unauthorized|unauthorized/);
    const { status, json } = await engine.api('POST', '/auth', { username: 'wharf', password: 5 });
    assert.equal(status, 400);
    assert.match(
      (json as { message: string }).message,
      /cannot unmarshal number into Go struct field AuthConfig.password of type string/,
    );
    await engine.docker.ok(['logout', host]);
  });

  both('--pull never does not pull', async ({ cli }) => {
    await cli.run(['rmi', '-f', 'busybox']);
    const result = await cli.run(['run', '--rm', '--pull', 'never', 'busybox', 'true']);
    assert.equal(result.code, 125);
    assert.match(result.stderr, /No such image: busybox:latest/);
  });

  both('an image of the library has its Docker names', async ({ cli }) => {
    for (const name of ['docker.io/library/busybox:latest', 'docker.io/busybox', 'index.docker.io/library/busybox']) {
      await cli.run(['rmi', '-f', 'busybox']);
      const pulled = await cli.ok(['pull', name]);
      assert.match(pulled, /Status: Downloaded newer image for busybox:latest\ndocker\.io\/library\/busybox:latest$/);
    }
    assert.equal(await cli.ok(['images', '--format', '{{.Repository}}:{{.Tag}}', 'busybox']), 'busybox:latest');
    assert.match(
      await cli.ok(['image', 'inspect', '-f', '{{index .RepoDigests 0}}', 'busybox']),
      /^busybox@sha256:[0-9a-f]{64}$/,
    );
  });

  ours('it listens on loopback, asks for a token and gives one to everybody who wants to pull', async ({ engine }) => {
    const url = await hubUrl(engine);
    assert.equal(url, `http://${host}`);
    const refused = await fetch(`${url}/v2/`);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('docker-distribution-api-version'), 'registry/2.0');
    assert.match(refused.headers.get('www-authenticate') ?? '', new RegExp(`^Bearer realm="${url}/token"`));
    const scope = 'repository:library/hello-world:pull,push';
    const answer = (await (await fetch(`${url}/token?scope=${scope}`)).json()) as { token: string };
    const headers = { authorization: `Bearer ${answer.token}` };
    assert.equal((await fetch(`${url}/v2/`, { headers })).status, 200);
    const manifest = await fetch(`${url}/v2/library/hello-world/manifests/latest`, { headers });
    assert.equal(manifest.status, 200);
    assert.equal(((await manifest.json()) as { schemaVersion: number }).schemaVersion, 2);
    const push = await fetch(`${url}/v2/library/hello-world/blobs/uploads/`, { method: 'POST', headers });
    assert.equal(push.status, 401, 'a token that nobody in particular got is not good for a push');
  });

  ours('other programs pull from it, and push to it when they know the password', async ({ engine, t }) => {
    if (!hasPrograms(t, 'skopeo')) return;
    const layout = await libraryLayout('busybox');
    const described = await skopeo(['inspect', '--tls-verify=false', `docker://${host}/library/hello-world:latest`]);
    assert.match(described, /not the Docker Hub image/);
    const push = ['copy', '--dest-tls-verify=false', `oci:${layout}:latest`, `docker://${host}/mine/x:1`];
    for (const credentials of [[], ['--dest-creds', 'wharf:wrong']]) {
      const refused = await runSkopeo([...push, ...credentials]);
      assert.notEqual(refused.code, 0, 'only who knows the password may push');
      assert.match(refused.stderr, /unauthorized|authentication required|denied/);
    }
    await pushLayout(layout, `${host}/mine/x:1`, pushCredentials(engine));
    for (const cli of [engine.wharf, engine.docker]) {
      await cli.ok(['pull', `${host}/mine/x:1`]);
      assert.equal(await cli.ok(['run', '--rm', `${host}/mine/x:1`, 'echo', 'pushed and pulled']), 'pushed and pulled');
      await cli.ok(['rmi', `${host}/mine/x:1`]);
    }
  });

  ours('a push to a name of the library stays, whatever else of it is brought', async ({ t }) => {
    if (!hasPrograms(t, 'skopeo')) return;
    const other = await TestEngine.start();
    try {
      const library = `${(await hubUrl(other)).replace('http://', '')}/library`;
      await pushLayout(await libraryLayout('busybox'), `${library}/hello-world:latest`, pushCredentials(other));
      assert.match(await other.wharf.ok(['run', '--rm', '-q', 'hello-world:linux']), /^Hello from Wharf!/);
      assert.equal(await other.docker.ok(['run', '--rm', '-q', 'hello-world', 'echo', 'mine']), 'mine');
      const tags = JSON.parse(
        await skopeo(['list-tags', '--tls-verify=false', `docker://${library}/busybox`]),
      ) as object;
      assert.ok('Tags' in tags && String(tags.Tags).includes('latest'), 'listed before anybody pulls');
    } finally {
      await other.stop();
    }
  });

  ours('another engine cannot have the same port, and says so', async () => {
    const started = TestEngine.start({ config: { 'hub-port': port } });
    const message = `the Hub cannot listen on ${host}: address already in use; choose another --hub-port`;
    await assert.rejects(started, { message: new RegExp(message) });
  });

  ours('what was pushed is there after a crash', async ({ engine, t }) => {
    if (!hasPrograms(t, 'skopeo')) return;
    await pushLayout(await libraryLayout('busybox'), `${host}/mine/late:1`, pushCredentials(engine));
    await engine.kill9();
    await engine.start();
    assert.equal(await hubUrl(engine), `http://${host}`);
    const tags = await skopeo(['list-tags', '--tls-verify=false', `docker://${host}/mine/x`]);
    assert.deepEqual((JSON.parse(tags) as { Tags: string[] }).Tags, ['1']);
    for (const name of [`${host}/mine/x:1`, `${host}/mine/late:1`]) {
      assert.equal(await engine.docker.ok(['run', '--rm', '--pull', 'always', '-q', name, 'echo', 'there']), 'there');
      await engine.docker.ok(['rmi', name]);
    }
  });

  ours('a tag that the library does not have is not found there', async ({ cli }) => {
    const result = await cli.run(['pull', `${host}/library/busybox:no-such-tag`]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /manifest unknown/);
  });

  ours('two engines on one machine, each with its Hub, pull and run at the same time', async ({ engine }) => {
    const other = await TestEngine.start();
    try {
      assert.notEqual(await hubUrl(other), await hubUrl(engine));
      assert.notEqual(other.places.bridge, engine.places.bridge);
      const clients = [engine.wharf, engine.docker, other.wharf, other.docker];
      await Promise.all([engine, other].map(({ wharf }) => wharf.run(['rmi', '-f', 'busybox', 'hello-world'])));
      const greetings = clients.map((cli) => cli.ok(['run', '--rm', 'hello-world']));
      const numbers = clients.map((cli, at) =>
        cli.ok(['run', '--rm', 'busybox', 'sh', '-c', `echo ${at}; ip -o addr`]),
      );
      for (const greeting of await Promise.all(greetings)) assert.match(greeting, /^Hello from Wharf!/);
      for (const [at, text] of (await Promise.all(numbers)).entries())
        assert.match(text, new RegExp(`^${at}\n[^]*eth0`));
    } finally {
      await other.stop();
    }
    assert.match(await engine.wharf.ok(['run', '--rm', 'busybox', 'ip', 'route']), /^default via /);
  });
});
