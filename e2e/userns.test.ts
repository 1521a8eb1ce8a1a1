import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Cli, engineKind, runCommand, type TestEngine } from '@wharf/testkit';
import { SubordinateIds } from './support/subordinate-ids.ts';
import { usernsSuite } from './support/userns-suite.ts';

/** Users that every Debian has; nobody else uses these numbers. */
const REMAP = 'games';
const FIRST = 710_000_000;
const POOL = 'man';
const POOL_FIRST = 720_000_000;
const ranges = new SubordinateIds([`${REMAP}:${FIRST}:65536`, `${POOL}:${POOL_FIRST}:200000`]);

const suite = usernsSuite(ranges);

/** The map as the kernel prints it, with single spaces. */
const MAP = ['cat', '/proc/self/uid_map'];
const squeeze = (text: string) => text.replaceAll(/ +/g, ' ').trim();
const mapOf = async (cli: Cli, options: readonly string[]) =>
  squeeze(await cli.ok(['run', '--rm', ...options, 'busybox', ...MAP]));

async function pidOf(cli: Cli, name: string): Promise<string> {
  return await cli.ok(['inspect', '-f', '{{.State.Pid}}', name]);
}

/** dockerd wants its remapped root to get to its files; ours does not, so it gets a directory that bars the way. */
function reachable(): { directory?: string } {
  if (engineKind() !== 'dockerd') return {};
  const directory = mkdtempSync('/dev/shm/wharf-e2e-');
  chmodSync(directory, 0o755);
  return { directory };
}

/** Real user ID of a process of the host. */
async function hostUid(cli: Cli, name: string): Promise<number> {
  const status = readFileSync(`/proc/${await pidOf(cli, name)}/status`, 'utf8');
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
}

async function upperOf(cli: Cli, engine: TestEngine, name: string): Promise<string> {
  return join(engine.places.dataRoot, 'images/snapshots', await cli.ok(['inspect', '-f', '{{.Id}}', name]), 'upper');
}

suite('user namespaces: an engine with --userns-remap', {
  engine: { config: { 'userns-remap': REMAP }, oracle: [`--userns-remap=${REMAP}`], ...reachable() },
  programs: ['ids'],
}, ({ both, once, ours }) => {
  both('root of a container is somebody else on the host', async ({ cli }) => {
    const name = `mapped-${cli.name}`;
    await cli.ok(['run', '-d', '--name', name, 'busybox', 'sleep', '60']);
    assert.equal(squeeze(await cli.ok(['exec', name, ...MAP])), `0 ${FIRST} 65536`);
    assert.equal(await cli.ok(['exec', name, 'id', '-u']), '0');
    assert.equal(await cli.ok(['exec', '-u', '33:34', name, 'sh', '-c', 'id -u; id -g']), '33\n34');
    assert.equal(await hostUid(cli, name), FIRST);
    assert.match(await cli.ok(['top', name, '-o', 'pid,uid,cmd']), new RegExp(`^\\d+ +${FIRST} +sleep 60`, 'm'));
    await cli.ok(['pause', name]);
    await cli.ok(['unpause', name]);
    assert.match(await cli.ok(['stats', '--no-stream', '--format', '{{.PIDs}}', name]), /^\d+$/);
    await cli.ok(['rm', '-f', name]);
  });

  once('the engine says so', async ({ cli }) => {
    assert.match(await cli.ok(['info', '-f', '{{.SecurityOptions}}']), /name=userns/);
  });

  once('image files belong to root, devices work, a set-user-ID program too', async ({ cli }) => {
    const script = `stat -c '%u:%g' /bin/busybox /etc/passwd; head -c 5 /dev/zero | wc -c; echo x > /dev/null
        cp /t/ids /tmp/ids; chmod 4755 /tmp/ids; su -s /tmp/ids nobody; ping -c 1 -W 1 127.0.0.1 > /dev/null && echo ping`;
    assert.equal(await cli.ok(['run', '--rm', 'programs', 'sh', '-c', script]), '0:0\n0:0\n5\n65534 0\nping');
  });

  both('a terminal belongs to the container', async ({ cli }) => {
    const shell = cli.startOnTerminal([
      'run',
      '--rm',
      '-it',
      'busybox',
      'sh',
      '-c',
      'tty; echo to-tty > /dev/tty; id -u',
    ]);
    const { stdout } = await shell.exited;
    assert.match(stdout, /\/dev\/pts\/0\r?\nto-tty\r?\n0/);
  });

  once('what belongs to root of the host cannot be read or changed', async ({ cli, engine }) => {
    const secret = join(engine.places.directory, 'secret');
    writeFileSync(secret, 'secret');
    chmodSync(secret, 0o600);
    const options = ['--cap-add', 'SYS_ADMIN', '-v', `${secret}:/secret`];
    const script =
      'cat /secret || echo x > /secret || chown 0 /secret || chmod 777 /secret || mknod /m b 7 0 || echo safe';
    assert.equal(await cli.ok(['run', '--rm', ...options, 'busybox', 'sh', '-c', script]), 'safe');
    assert.equal(readFileSync(secret, 'utf8'), 'secret');
    assert.equal(statSync(secret).mode & 0o777, 0o600);
    const owner = ['run', '--rm', ...options, 'busybox', 'stat', '-c', '%u', '/secret'];
    assert.equal(await cli.ok(owner), '65534');
  });

  both('what would break out is refused, and --userns host opts out', async ({ cli }) => {
    for (const [option, message] of [
      [['--privileged'], /privileged mode is incompatible with user namespaces/],
      [['--network', 'host'], /cannot share the host's network namespace when user namespaces are enabled/],
      [['--pid', 'host'], /cannot share the host PID namespace when user namespaces are enabled/],
    ] as const) {
      const refused = await cli.run(['run', '--rm', ...option, 'busybox', 'true']);
      assert.equal(refused.code, 125);
      assert.match(refused.stderr, message);
      // Debian's runc cannot give all capabilities on every machine.
      if (option[0] === '--privileged' && engineKind() === 'dockerd') continue;
      assert.match(await mapOf(cli, ['--userns', 'host', ...option]), /^0 0 4294967295$/);
    }
  });

  once('namespaces are shared together with the user namespace', async ({ cli }) => {
    await cli.ok(['run', '-d', '--name', 'donor', '--ipc', 'shareable', 'busybox', 'sleep', '60']);
    const user = await cli.ok(['exec', 'donor', 'readlink', '/proc/1/ns/user']);
    const script =
      'readlink /proc/self/ns/user; cat /proc/1/cmdline | tr "\\0" " "; ls /sys/class/net; touch /f; stat -c %u /f';
    const run = (...options: string[]) => cli.ok(['run', '--rm', ...options, 'busybox', 'sh', '-c', script]);
    assert.equal(await run('--pid', 'container:donor'), `${user}\nsleep 60 eth0\nlo\n0`);
    // It sees its own processes, not the host's.
    assert.match(
      await run('--network', 'container:donor'),
      new RegExp(`^${user.replaceAll(/[[\]]/g, '\\$&')}\nsh -c `),
    );
    assert.match(await run('--ipc', 'container:donor'), /^user:.*\nsh -c /);
    await cli.ok(['rm', '-f', 'donor']);
  });

  ours('files on disk keep the IDs of the container, and layers are not copied', async ({ cli, engine }) => {
    const script =
      'touch /mine; mkdir /dir; chown 33:44 /dir; rm /etc/group; mv /usr /other 2>/dev/null; touch /etc/hosts; true';
    await cli.ok(['run', '--name', 'disk', 'busybox', 'sh', '-c', script]);
    const upper = await upperOf(cli, engine, 'disk');
    const owner = (path: string) => `${statSync(join(upper, path)).uid}:${statSync(join(upper, path)).gid}`;
    assert.deepEqual([owner('mine'), owner('dir'), owner('etc'), owner('etc/group')], ['0:0', '33:44', '0:0', '0:0']);
    assert.ok(statSync(join(upper, 'etc/group')).isCharacterDevice(), 'a whiteout');
    await cli.ok(['commit', 'disk', 'committed']).catch(() => undefined);
    await cli.ok(['rm', 'disk']);
  });

  both('files are copied with the IDs that the container sees', async ({ cli, engine }) => {
    const name = `copied-${cli.name}`;
    const directory = join(engine.places.directory, name);
    mkdirSync(join(directory, 'inner'), { recursive: true });
    writeFileSync(join(directory, 'inner/file'), 'copied');
    chownSync(join(directory, 'inner/file'), 33, 34);
    await cli.ok(['run', '-d', '--name', name, 'busybox', 'sleep', '60']);
    await cli.ok(['cp', directory, `${name}:/tmp/to`]);
    const script = 'cd /tmp/to; stat -c %u:%g . inner inner/file; cat inner/file; echo more >> inner/file';
    assert.equal(await cli.ok(['exec', name, 'sh', '-c', script]), '0:0\n0:0\n33:34\ncopied');
    await cli.ok(['exec', name, 'sh', '-c', 'touch /root/made; chown 5:6 /root/made']);
    // The owner in the archive's first header (tar(5)). Debian's dockerd writes root there when it remaps.
    const { stdout: archive } = await cli.run(['cp', `${name}:/root/made`, '-']);
    if (engineKind() !== 'dockerd') {
      assert.deepEqual(
        [108, 116].map((at) => Number.parseInt(archive.slice(at, at + 7), 8)),
        [5, 6],
      );
    }
    await cli.ok(['rm', '-f', name]);
  });

  ours('volumes and mounted images are shared with containers of other IDs', async ({ cli }) => {
    await cli.ok(['run', '--rm', '-v', 'shared:/v', 'busybox', 'sh', '-c', 'touch /v/a; touch /v/b; chown 33 /v/b']);
    const list = ['busybox', 'stat', '-c', '%u', '/v/a', '/v/b'];
    assert.equal(await cli.ok(['run', '--rm', '--userns', 'host', '-v', 'shared:/v', ...list]), '0\n33');
    assert.equal(await cli.ok(['run', '--rm', '-v', 'shared:/v', ...list]), '0\n33');
    await cli.ok(['volume', 'rm', 'shared']);
    const image = ['--mount', 'type=image,src=busybox,dst=/img', 'busybox'];
    assert.equal(await cli.ok(['run', '--rm', ...image, 'stat', '-c', '%u', '/img/bin/busybox']), '0');
  });

  ours('options that come near it still work', async ({ cli }) => {
    const options =
      '--init --read-only --tmpfs /t:mode=1777 --sysctl net.ipv4.ip_forward=1 --shm-size 1m --device /dev/zero:/opt/z';
    const script = 'touch /t/x && cat /proc/sys/net/ipv4/ip_forward; head -c 3 /opt/z | wc -c; touch /x 2>&1';
    const result = await cli.run(['run', '--rm', ...options.split(' '), 'busybox', 'sh', '-c', script]);
    assert.match(result.stdout, /^1\n3\ntouch: \/x: Read-only file system/);
  });

  ours('a container is found again by an engine that was killed', async ({ cli, engine }) => {
    await cli.ok(['run', '-d', '--name', 'lasting', 'busybox', 'sleep', '60']);
    await engine.kill9();
    await engine.start();
    assert.equal(squeeze(await cli.ok(['exec', 'lasting', ...MAP])), `0 ${FIRST} 65536`);
    await cli.ok(['restart', '-t', '0', 'lasting']);
    assert.equal(squeeze(await cli.ok(['exec', 'lasting', ...MAP])), `0 ${FIRST} 65536`);
    await cli.ok(['rm', '-f', 'lasting']);
  });
});

suite('user namespaces: --userns of a container', { engine: { config: { 'userns-auto-user': POOL } } }, ({ ours }) => {
  ours('auto gives every container IDs of its own, until it is removed', async ({ cli, engine }) => {
    const start = (name: string, mode: string) =>
      cli.ok(['run', '-d', '--name', name, '--userns', mode, 'busybox', 'sleep', '60']);
    await Promise.all([start('one', 'auto'), start('two', 'auto'), start('three', 'auto:size=5000')]);
    const maps = async () =>
      await Promise.all(['one', 'two', 'three'].map(async (name) => squeeze(await cli.ok(['exec', name, ...MAP]))));
    const found = await maps();
    const parts = found.map((map) => map.split(' ').map(Number));
    assert.deepEqual(
      parts.map(([, , size]) => size),
      [1024, 1024, 5000],
    );
    const spans = parts.map(([, first = 0, size = 0]) => [first, first + size] as const).sort(([a], [b]) => a - b);
    for (const [at, [first]] of spans.entries()) assert.ok(first >= (spans[at - 1]?.[1] ?? POOL_FIRST), 'they overlap');

    await engine.kill9();
    await engine.start();
    assert.deepEqual(await maps(), found);
    await cli.ok(['restart', '-t', '0', 'two']);
    assert.deepEqual(await maps(), found);
    await cli.ok(['rm', '-f', 'one', 'two', 'three']);
    assert.equal(await mapOf(cli, ['--userns', 'auto']), `0 ${POOL_FIRST} 1024`);
  });

  ours(
    'containers with different IDs share the layers of their image, and all see root as owner',
    async ({ cli, engine }) => {
      const layers = () => readdirSync(join(engine.places.dataRoot, 'images/layers')).length;
      const before = layers();
      const list = ['busybox', 'stat', '-c', '%u:%g %i', '/bin/busybox'];
      const modes = ['auto', 'auto:size=70000', 'host', 'keep-id:uid=200,gid=200'];
      const seen = new Set<string>();
      for (const mode of modes) seen.add(await cli.ok(['run', '--rm', '--userns', mode, ...list]));
      assert.equal(seen.size, 1);
      assert.match([...seen][0] ?? '', /^0:0 \d+$/);
      assert.equal(layers(), before);
    },
  );

  ours('keep-id keeps the ID of who asks: what it makes in a bind is theirs', async ({ cli, engine }) => {
    const directory = join(engine.places.directory, 'home');
    const user = ['setpriv', '--reuid', '4711', '--regid', '4712', '--clear-groups', '--'];
    const { argv, env } = cli.work(['run', '--rm', '--userns', 'keep-id', '-v', `${directory}:/h`, 'busybox']);
    chmodSync(engine.places.directory, 0o755);
    chmodSync(engine.places.socket, 0o666);
    mkdirSync(directory);
    chownSync(directory, 4711, 4712);
    const script = 'id -u; id -g; touch /h/new; stat -c %u:%g /h/new /bin/busybox';
    const result = await runCommand([...user, ...argv, 'sh', '-c', script], { env: { ...env, HOME: directory } });
    assert.equal(result.stdout, '4711\n4712\n4711:4712\n0:0\n', result.stderr);
    const { uid, gid } = statSync(join(directory, 'new'));
    assert.deepEqual([uid, gid], [4711, 4712]);
  });

  ours('nonsense is refused', async ({ cli, engine }) => {
    for (const [mode, message] of [
      ['auto:size=0', /at least one ID/],
      ['auto:size=many', /size wants a number/],
      ['auto:uid=1', /unknown option "uid" of auto/],
      ['keep-id:uid=1,uid=2', /given twice/],
      ['auto:size=300000', /not enough unused IDs for 300000/],
    ] as const) {
      const refused = await cli.run(['create', '--userns', mode, 'busybox', 'true']);
      assert.equal(refused.code, 1, mode);
      assert.match(refused.stderr, message);
    }
    assert.match((await cli.run(['run', '--userns', 'other', 'busybox'])).stderr, /--userns: invalid USER mode/);
    const body = { Image: 'busybox', HostConfig: { UsernsMode: 'other' } };
    assert.equal((await engine.api('POST', '/containers/create', body)).status, 400);
    const kept = await engine.api('POST', '/containers/create', {
      Image: 'busybox',
      HostConfig: { UsernsMode: 'keep-id' },
    });
    assert.match(kept.text, /does not say whose ID is to be kept/);
  });
});
