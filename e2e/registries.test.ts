import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cli, TestEngine } from '@wharf/testkit';
import { DebianRegistry } from './support/debian-registry.spawn.ts';
import { freePort } from './support/free-port.ts';
import { libraryLayout } from './support/library.ts';
import { hasPrograms } from './support/needed-program.ts';
import { OwnHub } from './support/own-hub.ts';
import { pushLayout, skopeo } from './support/skopeo.ts';
import { type Scene, suite } from './support/suite.ts';

const USER = 'anna';
const PASSWORD = 'secret:with colon';

function withDebianRegistry(scenario: (scene: Scene & { registry: DebianRegistry }) => Promise<void>) {
  return async (scene: Scene): Promise<void> => {
    if (!hasPrograms(scene.t, 'docker-registry', 'skopeo')) return;
    const registry = await DebianRegistry.start();
    try {
      await scenario({ ...scene, registry });
    } finally {
      await registry.close();
    }
  };
}

/** A Hub that wants a token even for pulls, with the image `private/box:1`. */
function withPrivateHub(scenario: (scene: Scene & { hub: OwnHub; name: string }) => Promise<void>) {
  return async (scene: Scene): Promise<void> => {
    const hub = await OwnHub.start({ scheme: 'token', users: { [USER]: PASSWORD } });
    try {
      await hub.hub.seed(await libraryLayout('busybox'), 'private/box', 'latest');
      await scenario({ ...scene, hub, name: `${hub.host}/private/box` });
      await scene.cli.run(['rmi', '-f', `${hub.host}/private/box`]);
    } finally {
      await hub.close();
    }
  };
}

/** A client configuration as `docker login` leaves it; gives the variable that names its directory. */
function loggedIn({ engine }: Scene, registry: string, password = PASSWORD): { env: Record<string, string> } {
  const directory = join(engine.places.directory, `login-${registry.replace(':', '-')}`);
  mkdirSync(directory, { recursive: true });
  const auth = Buffer.from(`${USER}:${password}`).toString('base64');
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ auths: { [registry]: { auth } } }));
  return { env: { DOCKER_CONFIG: directory } };
}

/** The engine takes it without padding too; dockerd does not. */
function base64Url(login: object): string {
  return Buffer.from(JSON.stringify(login)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

async function digestOf(cli: Cli, name: string): Promise<string> {
  return /Digest: (sha256:[0-9a-f]{64})/.exec(await cli.ok(['pull', name]))?.[1] ?? '';
}

suite("Debian's docker-registry", { images: [] }, ({ both }) => {
  both(
    'what skopeo pushed there runs, by tag and by digest',
    withDebianRegistry(async ({ cli, registry }) => {
      const repository = `${registry.host}/team/box`;
      const layout = await libraryLayout('busybox');
      await pushLayout(layout, `${repository}:oci`);
      await pushLayout(layout, `${repository}:docker`, ['--format', 'v2s2']);
      for (const tag of ['oci', 'docker']) {
        const name = `${repository}:${tag}`;
        const digest = await digestOf(cli, name);
        const inspected = await skopeo(['inspect', '--tls-verify=false', '-f', '{{.Digest}}', `docker://${name}`]);
        assert.equal(digest, inspected.trim());
        assert.equal(await cli.ok(['run', '--rm', name, 'echo', tag]), tag);
        await cli.ok(['rmi', name]);
        assert.equal(await cli.ok(['run', '--rm', '-q', `${repository}@${digest}`, 'echo', tag]), tag);
        await cli.ok(['rmi', `${repository}@${digest}`]);
      }
      await pushLayout(await libraryLayout('hello-world'), `${registry.host}/greeting:latest`);
      assert.match(await cli.ok(['run', '--rm', `${registry.host}/greeting`]), /^Hello from Wharf!/);
      await cli.ok(['rmi', `${registry.host}/greeting`]);
    }),
  );

  both(
    'what it does not have, and what it says when it is down: 125',
    withDebianRegistry(async ({ cli, registry }) => {
      await pushLayout(await libraryLayout('hello-world'), `${registry.host}/greeting:latest`);
      const name = `${registry.host}/greeting:none`;
      const unknown = await cli.run(['run', '--rm', name]);
      assert.equal(unknown.code, 125);
      assert.ok(
        unknown.stderr.includes(`manifest for ${name} not found: manifest unknown: manifest unknown`),
        unknown.stderr,
      );
      await cli.ok(['pull', '-q', `${registry.host}/greeting`]);
      await registry.stop();
      assert.match(
        await cli.ok(['run', '--rm', `${registry.host}/greeting`]),
        /^Hello/,
        'what is here needs no registry',
      );
      await cli.ok(['rmi', `${registry.host}/greeting`]);
      const down = await cli.run(['run', '--rm', `${registry.host}/greeting`]);
      assert.equal(down.code, 125);
      assert.match(
        down.stderr,
        new RegExp(
          `^Unable to find image '${registry.host}/greeting:latest' locally\n` +
            `(?:docker|wharf): Error response from daemon: .*dial tcp ${registry.host}: connect: connection refused`,
        ),
      );
    }),
  );
});

suite('a registry that wants tokens', { images: [] }, ({ both, once }) => {
  both(
    'without a login a pull is refused, and a run too',
    withPrivateHub(async ({ cli, name, hub }) => {
      const refusal =
        `Error response from daemon: pull access denied for ${name}, repository does not exist or may require ` +
        `'docker login': denied: requested access to the resource is denied`;
      const pulled = await cli.run(['pull', name]);
      assert.equal(pulled.code, 1);
      assert.ok(pulled.stderr.includes(refusal), pulled.stderr);
      const run = await cli.run(['run', '--rm', name]);
      assert.equal(run.code, 125);
      assert.ok(run.stderr.includes(refusal), run.stderr);
      assert.equal(
        hub.seen.some(({ path }) => path.includes('/blobs/')),
        false,
      );
    }),
  );

  both(
    'with the login of the client configuration it runs; the password goes to the token service alone, and once',
    withPrivateHub(async (scene) => {
      const { cli, name, hub } = scene;
      const login = loggedIn(scene, hub.host);
      await cli.ok(['pull', '-q', name], login);
      const basic = hub.seen.filter(({ scheme }) => scheme === 'Basic');
      assert.deepEqual(
        basic.map(({ path }) => path),
        ['/token'],
      );
      const wanted = hub.seen.filter(({ path, scheme }) => /\/(manifests|blobs)\//.test(path) && scheme !== '');
      assert.ok(wanted.length >= 3, JSON.stringify(hub.seen));
      assert.ok(wanted.every(({ scheme }) => scheme === 'Bearer'));
      assert.equal(await cli.ok(['run', '--rm', name, 'echo', 'let in']), 'let in');
      await cli.ok(['rmi', name]);
      assert.equal((await cli.run(['pull', name])).code, 1, 'the engine keeps no credentials for others');
      assert.equal(await cli.ok(['run', '--rm', '-q', name, 'echo', 'again'], login), 'again');
    }),
  );

  both(
    'a wrong password is called that',
    withPrivateHub(async (scene) => {
      const { cli, name, hub } = scene;
      const refused = await cli.run(['pull', name], loggedIn(scene, hub.host, 'wrong'));
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /Error response from daemon: .*unauthorized: incorrect username or password/);
      const run = await cli.run(['run', '--rm', name], loggedIn(scene, hub.host, 'wrong'));
      assert.equal(run.code, 125);
    }),
  );

  both('a registry that wants a password with every request', async (scene) => {
    const { cli } = scene;
    const hub = await OwnHub.start({ scheme: 'basic', users: { [USER]: PASSWORD } });
    try {
      await hub.hub.seed(await libraryLayout('hello-world'), 'greeting', 'latest');
      const name = `${hub.host}/greeting`;
      const refused = await cli.run(['run', '--rm', name]);
      assert.equal(refused.code, 125);
      assert.match(refused.stderr, /Error response from daemon: .*no basic auth credentials/);
      assert.match(await cli.ok(['run', '--rm', name], loggedIn(scene, hub.host)), /^Hello from Wharf!/);
      await cli.ok(['rmi', name]);
    } finally {
      await hub.close();
    }
  });

  once(
    'X-Registry-Auth of the API: user and password, or an identity token',
    withPrivateHub(async ({ engine, cli, hub, name }) => {
      const create = (login: object) =>
        engine.api('POST', `/images/create?fromImage=${name}&tag=latest`, '', {
          'X-Registry-Auth': base64Url(login),
        });
      const pulled = await create({ username: USER, password: PASSWORD, serveraddress: hub.host });
      assert.equal(pulled.status, 200, pulled.text);
      assert.match(pulled.text, /Downloaded newer image/);
      await cli.ok(['rmi', name]);
      const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
      const url = `http://${hub.host}/token?service=wharf-hub&offline_token=true`;
      const given = (await (await fetch(url, { headers: { authorization } })).json()) as { refresh_token: string };
      const again = await create({ identitytoken: given.refresh_token, serveraddress: hub.host });
      assert.equal(again.status, 200, again.text);
      assert.match(again.text, /Downloaded newer image/);
      const none = await create({});
      assert.equal(none.status, 404);
      assert.match(none.text, /pull access denied/);
    }),
  );
});

suite('mirrors of docker.io', { images: [] }, ({ ours }) => {
  ours('the embedded Hub is asked first, then one mirror after the other', async () => {
    const mirror = await OwnHub.start();
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const engine = await TestEngine.start({ config: { 'registry-mirrors': [nobody, `http://${mirror.host}`] } });
    try {
      const greeting = await libraryLayout('hello-world');
      await mirror.hub.seed(greeting, 'library/foo', 'latest');
      await mirror.hub.seed(greeting, 'someone/else', 'latest');
      await mirror.hub.seed(greeting, 'library/busybox', 'latest');
      for (const cli of [engine.wharf, engine.docker]) {
        assert.equal(await cli.ok(['run', '--rm', '-q', 'busybox', 'echo', 'the Hub']), 'the Hub');
        assert.equal(mirror.seen.length, 0, 'the Hub has it: no mirror is asked');
        for (const name of ['foo', 'docker.io/library/foo', 'someone/else']) {
          assert.match(await cli.ok(['run', '--rm', '-q', name]), /^Hello from Wharf!/);
          assert.equal(
            mirror.seen.some(({ path }) => path.endsWith('/manifests/latest')),
            true,
          );
          await cli.ok(['rmi', name]);
        }
        await cli.ok(['rmi', 'busybox']);
        mirror.seen.length = 0;
      }
    } finally {
      await engine.stop();
      await mirror.close();
    }
  });
});
