import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Cli, eventually, type TestEngine } from '@wharf/testkit';
import { pathStat, rawCall, tarOf } from './support/archive.ts';
import { suite } from './support/suite.ts';

/** An empty directory of the test's own; it goes with the engine's. */
function fresh(engine: TestEngine, name: string): string {
  const dir = join(engine.places.directory, name);
  mkdirSync(dir, { recursive: true });
  return dir;
}

async function container(
  cli: Cli,
  state: 'created' | 'running' | 'paused' | 'exited',
  ...options: string[]
): Promise<string> {
  const sleep = ['busybox', 'sleep', '600'];
  if (state === 'created') return await cli.ok(['create', ...options, ...sleep]);
  const id = await cli.ok(['run', '-d', ...options, ...sleep]);
  if (state === 'paused') await cli.ok(['pause', id]);
  if (state === 'exited') await cli.ok(['kill', id]);
  if (state === 'exited') await cli.ok(['wait', id]);
  return id;
}

const inContainer = (id: string, path: string) => `/containers/${id}/archive?path=${encodeURIComponent(path)}`;

suite('copy', {}, ({ both, once, ours }) => {
  for (const state of ['created', 'running', 'paused', 'exited'] as const) {
    both(`a tree goes into a container that is ${state} and comes back as it was`, async ({ cli, engine }) => {
      const dir = fresh(engine, `${state}-${cli.name}`);
      mkdirSync(join(dir, 'src/sub'), { recursive: true });
      writeFileSync(join(dir, 'src/file'), 'content');
      writeFileSync(join(dir, 'src/sub/ünïcödé name'), Buffer.alloc(1_500_000, 'x'));
      writeFileSync(join(dir, 'src/setuid'), 'program');
      chmodSync(join(dir, 'src/setuid'), 0o4750);
      symlinkSync('sub/nowhere', join(dir, 'src/link'));
      linkSync(join(dir, 'src/file'), join(dir, 'src/second'));
      const id = await container(cli, state);
      await cli.ok(['cp', join(dir, 'src'), `${id}:/tmp/copy`]);
      await cli.ok(['cp', `${id}:/tmp/copy/.`, join(dir, 'back')]);
      const list = (root: string) =>
        readdirSync(join(dir, root), { recursive: true, withFileTypes: true }).map((e) => [e.name, e.isSymbolicLink()]);
      assert.deepEqual(list('back').sort(), list('src').sort());
      assert.equal(readFileSync(join(dir, 'back/second'), 'utf8'), 'content');
      assert.equal(readFileSync(join(dir, 'back/sub/ünïcödé name')).length, 1_500_000);
      const stat = pathStat(await rawCall(engine, 'HEAD', inContainer(id, '/tmp/copy/setuid')));
      // Set-user-ID is bit 23 of Go's modes.
      assert.deepEqual([stat['name'], stat['size'], stat['mode']], ['setuid', 7, 2 ** 23 + 0o750]);
      await cli.ok(['rm', '-f', id]);
    });
  }

  both('names follow the rules of cp: slashes, dots, new names, links', async ({ cli, engine }) => {
    const dir = fresh(engine, `names-${cli.name}`);
    writeFileSync(join(dir, 'f'), 'f');
    symlinkSync('f', join(dir, 'l'));
    const id = await container(cli, 'running');
    const refused = async (args: string[], reason: string) => {
      const { code, stderr } = await cli.run(['cp', ...args], { cwd: dir });
      assert.deepEqual([code, stderr.includes(reason)], [1, true], `${args.join(' ')}: ${stderr}`);
    };
    await cli.ok(['cp', 'f', `${id}:/tmp/new`], { cwd: dir });
    await cli.ok(['cp', '-L', 'l', `${id}:/tmp/followed`], { cwd: dir });
    await cli.ok(['cp', 'l', `${id}:/tmp/`], { cwd: dir });
    const seen = await cli.ok(['exec', id, 'sh', '-c', 'cd /tmp; cat new followed; readlink l']);
    assert.equal(seen, 'fff');
    await refused(['f', `${id}:/tmp/none/`], 'no such directory');
    await refused(['f', `${id}:/none/f`], `Could not find the file /none in container ${id}`);
    await refused([`${id}:/none`, '.'], `Could not find the file /none in container ${id}`);
    await refused(['.', `${id}:/tmp/new`], 'cannot copy directory');
    await refused(['none', `${id}:/tmp`], 'no such file or directory');
    await refused([`${id}:/a`, `${id}:/b`], 'copying between containers is not supported');
    await refused(['f', 'l'], 'must specify at least one container source');
    await refused(['-', `${id}:/tmp/new`], 'must be a directory');
    const said = await cli.run(['cp', '--quiet=false', 'f', `${id}:/tmp/said`], { cwd: dir });
    assert.match(said.stderr, /Successfully copied 2\.05kB to \S+:\/tmp\/said\n$/);
    await cli.ok(['rm', '-f', id]);
  });

  both('- is an archive on standard input and output, with its owners', async ({ cli }) => {
    const id = await container(cli, 'running', '-u', '1000:1001');
    const tar = tarOf({ name: 'owned', content: 'x', uid: 7, gid: 8 });
    await cli.ok(['cp', '-', `${id}:/tmp`], { input: tar });
    const stat = () => cli.ok(['exec', id, 'stat', '-c', '%u:%g', '/tmp/owned']);
    assert.equal(await stat(), '7:8');
    const out = await cli.run(['cp', `${id}:/tmp/owned`, '-']);
    assert.equal(out.stdout.slice(0, 5), 'owned');
    await cli.ok(['rm', '-f', id]);
  });

  // Debian's dockerd looks for the user on the host.
  ours('-a gives everything to the user of the container', async ({ cli, engine }) => {
    const file = join(fresh(engine, 'owner'), 'owned');
    writeFileSync(file, 'x');
    for (const [user, owner] of [
      ['1000:1001', '1000:1001'],
      ['www-data', '33:33'],
    ] as const) {
      const id = await container(cli, 'created', '-u', user);
      await cli.ok(['cp', '-a', file, `${id}:/tmp/`]);
      await cli.ok(['start', id]);
      assert.equal(await cli.ok(['exec', id, 'stat', '-c', '%u:%g', '/tmp/owned']), owner);
      await cli.ok(['rm', '-f', id]);
    }
  });

  both('binds are seen, and what is read-only is refused', async ({ cli, engine }) => {
    const dir = fresh(engine, `binds-${cli.name}`);
    for (const state of ['created', 'running'] as const) {
      const id = await container(cli, state, '--read-only', '-v', `${dir}:/rw`, '-v', `${dir}:/ro:ro`);
      const put = async (path: string) => {
        const { code, stderr } = await cli.run(['cp', '/etc/hosts', `${id}:${path}`]);
        return code === 0 ? '' : stderr.trim();
      };
      assert.match(await put('/ro/'), /mounted volume is marked read-only$/);
      assert.match(await put('/tmp/'), /container rootfs is marked read-only$/);
      assert.equal(await put(`/rw/${state}`), '');
      assert.ok(existsSync(join(dir, state)));
      await cli.ok(['rm', '-f', id]);
    }
  });

  ours(
    'a running container is seen as it sees itself: tmpfs too, the kernel and devices not',
    async ({ cli, engine }) => {
      const id = await container(cli, 'running', '--tmpfs', '/scratch');
      await cli.ok(['exec', id, 'sh', '-c', 'echo hello > /scratch/f']);
      assert.match((await rawCall(engine, 'GET', inContainer(id, '/scratch/f'))).body.toString('latin1'), /hello/);
      assert.equal((await rawCall(engine, 'GET', inContainer(id, '/proc/1/status'))).status, 404);
      const { stdout } = await cli.run(['cp', `${id}:/dev`, '-']);
      assert.ok(stdout.includes('dev/null'), 'asked for, devices are given');
      await cli.ok(['rm', '-f', id]);
    },
  );

  ours('extended attributes, devices and hard links are kept', async ({ cli, engine }) => {
    const dir = fresh(engine, 'special');
    const id = await container(cli, 'running', '-v', `${dir}:/b`);
    const caps = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    const tar = tarOf(
      { name: 'f', content: 'x', xattrs: { 'user.note': Buffer.from('kept'), 'security.capability': caps } },
      { name: 'h', type: 'link', linkname: 'f' },
      { name: 'null', type: 'character', major: 1, minor: 3, mode: 0o666 },
      { name: 'pipe', type: 'fifo' },
    );
    assert.equal((await rawCall(engine, 'PUT', inContainer(id, '/tmp'), tar)).status, 200);
    const seen = await cli.ok(['exec', id, 'sh', '-c', 'cd /tmp; stat -c "%F %h %t,%T" f null pipe; echo x >null']);
    assert.deepEqual(seen.split('\n'), ['regular file 2 0,0', 'character special file 1 1,3', 'fifo 1 0,0']);
    const back = (await rawCall(engine, 'GET', inContainer(id, '/tmp/.'))).body;
    assert.ok(back.includes('SCHILY.xattr.user.note=kept\n') && back.includes(caps));
    await cli.ok(['rm', '-f', id]);
  });

  once('archives that lead out are refused, damaged ones are called so', async ({ cli, engine }) => {
    const id = await container(cli, 'running');
    const put = async (tar: Uint8Array) => {
      const { status, body } = await rawCall(engine, 'PUT', inContainer(id, '/tmp'), tar);
      return [status, body.toString()] as const;
    };
    assert.equal((await put(tarOf({ name: '../out', content: 'x' })))[0], 500);
    assert.equal((await put(tarOf({ name: 'l', type: 'link', linkname: '../../etc/passwd' })))[0], 500);
    assert.match((await put(Buffer.from('junk')))[1], /unexpected EOF/);
    assert.equal((await put(Buffer.alloc(0)))[0], 200);
    assert.equal((await rawCall(engine, 'GET', `/containers/${id}/archive`)).status, 400);
    await cli.ok(['rm', '-f', id]);
  });

  once('archives may be compressed', async ({ cli, engine }) => {
    const id = await container(cli, 'running');
    for (const [at, compress] of [gzipSync, zstdCompressSync].entries()) {
      const tar = compress(tarOf({ name: `f${at}`, content: 'x' }));
      assert.equal((await rawCall(engine, 'PUT', inContainer(id, '/tmp'), tar)).status, 200);
    }
    assert.equal(await cli.ok(['exec', id, 'ls', '/tmp']), 'f0\nf1');
    await cli.ok(['rm', '-f', id]);
  });

  once('no link that a container puts in the way leads to the host', async ({ cli, engine }) => {
    const host = fresh(engine, 'host');
    writeFileSync(join(host, 'f'), 'SECRET');
    const up = `${'../'.repeat(12)}${host.slice(1)}`;
    const swap = `cd /tmp; while :; do mkdir a; echo inside >a/f; rm -r a; ln -s ${up} a; rm a; ln -s ${host} a; rm a; done`;
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', swap]);
    const tar = tarOf({ name: 'a/planted', content: 'x' }, { name: 'a/deep/er', content: 'x' });
    const round = async () => {
      const read = await rawCall(engine, 'GET', inContainer(id, '/tmp/a/f'));
      const tree = await rawCall(engine, 'GET', inContainer(id, '/tmp'));
      assert.equal(Buffer.concat([read.body, tree.body]).includes('SECRET'), false);
      await rawCall(engine, 'PUT', inContainer(id, '/tmp'), tar);
      await rawCall(engine, 'PUT', inContainer(id, '/tmp/a'), tar);
    };
    for (let i = 0; i < 40; i += 1) await Promise.all([round(), round()]);
    assert.deepEqual(readdirSync(host), ['f']);
    await cli.ok(['rm', '-f', id]);
  });

  both('export gives the whole root without what is mounted on it', async ({ cli, engine }) => {
    const dir = fresh(engine, `export-${cli.name}`);
    writeFileSync(join(dir, 'bound'), 'x');
    const id = await container(cli, 'running', '-v', `${dir}:/mnt/b`, '--tmpfs', '/scratch');
    await cli.ok(['exec', id, 'sh', '-c', 'echo new >/new; echo x >/scratch/gone; rm /bin/true']);
    await cli.ok(['export', '-o', join(dir, 'out.tar'), id]);
    const text = readFileSync(join(dir, 'out.tar'), 'latin1');
    const has = (name: string) => text.includes(`${name}\0`);
    assert.deepEqual(['new', 'bin/busybox', 'mnt/b/', 'scratch/', 'proc/'].map(has), [true, true, true, true, true]);
    assert.deepEqual(['mnt/b/bound', 'scratch/gone', 'proc/1/', 'bin/true'].map(has), [false, false, false, false]);
    assert.match((await cli.run(['export', '-o', join(dir, 'no/out.tar'), id])).stderr, /no such file or directory/);
    await cli.ok(['rm', '-f', id]);
  });

  /** A client that begins to copy and then does not read on. */
  const stalled = (engine: TestEngine, id: string, path: string) =>
    new Promise<{ destroy(): void; ended: Promise<unknown> }>((resolve, reject) => {
      const sent = request({ socketPath: engine.places.socket, path: inContainer(id, path) }, (res) => {
        const ended = new Promise((done) => {
          res.once('close', () => done(undefined));
          res.on('error', () => {});
        });
        res.once('readable', () => resolve({ destroy: () => sent.destroy(), ended }));
      });
      sent.on('error', reject);
      sent.end();
    });

  ours('a removal ends copies, and leaves nothing', async ({ cli, engine }) => {
    for (const state of ['exited', 'running'] as const) {
      const id = await container(cli, state === 'running' ? 'running' : 'created');
      const big = tarOf({ name: 'big', content: Buffer.alloc(8 << 20, 'x') });
      assert.equal((await rawCall(engine, 'PUT', inContainer(id, '/tmp'), big)).status, 200);
      const copy = await stalled(engine, id, '/tmp/big');
      await cli.ok(['rm', '-f', id]);
      copy.destroy();
      await copy.ended;
      assert.equal((await rawCall(engine, 'GET', inContainer(id, '/tmp/big'))).status, 404);
    }
    const held = () => readdirSync(`/proc/${engine.pid}/fd`).length;
    await eventually(() => Promise.resolve(held() < 200));
  });

  ours(
    'a copy into a container that is removed meanwhile ends with what is so, and is logged',
    async ({ cli, engine }) => {
      for (const state of ['created', 'running'] as const) {
        const id = await container(cli, state);
        const path = inContainer(id, '/tmp');
        const sent = request({ socketPath: engine.places.socket, path, method: 'PUT' });
        const answered = new Promise<string>((resolve, reject) => {
          sent.on('error', reject);
          sent.on('response', (res) => {
            res.on('data', (text) => resolve(`${res.statusCode} ${text}`));
          });
        });
        const begun = tarOf({ name: `${state}.big`, content: Buffer.alloc(2 << 20, 'x') });
        sent.write(begun.subarray(0, 1 << 20));
        await eventually(
          async () => (await rawCall(engine, 'HEAD', inContainer(id, `/tmp/${state}.big`))).status === 200,
        );
        await cli.ok(['rm', '-f', id]);
        sent.end();
        assert.equal((await answered).trim(), `404 {"message":"No such container: ${id}"}`);
        assert.ok((await engine.log()).includes(`copies of files were ended {"container":"${id}"`));
      }
    },
  );

  ours(
    'an engine that is killed in the middle of copies leaves no mounts and no processes',
    async ({ cli, engine }) => {
      const [stopped, running] = [await container(cli, 'created'), await container(cli, 'running')];
      for (const id of [stopped, running]) {
        const big = tarOf({ name: 'big', content: Buffer.alloc(8 << 20, 'x') });
        await rawCall(engine, 'PUT', inContainer(id, '/tmp'), big);
        await stalled(engine, id, '/tmp/big');
      }
      const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
      await engine.kill9();
      assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), mounts);
      await engine.start();
      await cli.ok(['start', stopped]);
      assert.equal(await cli.ok(['exec', stopped, 'stat', '-c', '%s', '/tmp/big']), String(8 << 20));
      await cli.ok(['rm', '-f', stopped, running]);
    },
  );
});
