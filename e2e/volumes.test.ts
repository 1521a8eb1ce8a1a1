import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { engineKind, eventually } from '@wharf/testkit';
import { suite } from './support/suite.ts';
import { inside, mountOf, refused, removeAll } from './support/volumes.ts';

/**
 * Apart from the engine's other directories: volumes may be mounted on the host for a moment, and other engines' sandboxes
 * that are made then keep what they see.
 */
const outside = mkdtempSync('/dev/shm/wharf-volumes-');
after(() => rmSync(outside, { recursive: true, force: true }));

suite('volumes', { engine: { dataRoot: join(outside, 'data') } }, ({ both, ours }) => {
  both('a volume from its creation to its removal', async ({ cli, engine }) => {
    const name = `life-${cli.name}`;
    assert.equal(await cli.ok(['volume', 'create', '--label', 'who=me', name]), name);
    assert.equal(await cli.ok(['volume', 'create', name]), name);
    const [shown] = JSON.parse(await cli.ok(['volume', 'inspect', name])) as Record<string, unknown>[];
    const data = join(engine.places.dataRoot, 'volumes', name, '_data');
    assert.match(String(shown?.['CreatedAt']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
    assert.deepEqual(
      { ...shown, CreatedAt: '' },
      {
        CreatedAt: '',
        Driver: 'local',
        Labels: { who: 'me' },
        Mountpoint: data,
        Name: name,
        Options: shown?.['Options'] ?? null,
        Scope: 'local',
      },
    );
    assert.equal(await cli.ok(['volume', 'inspect', '-f', '{{.Name}} {{.Labels.who}}', name]), `${name} me`);
    assert.equal(
      await cli.ok(['volume', 'ls', '--filter', 'label=who=me']),
      `DRIVER    VOLUME NAME\nlocal     ${name}`,
    );
    assert.equal(await cli.ok(['volume', 'ls', '-q', '--filter', `name=${name}`, '--filter', 'dangling=true']), name);
    const row = JSON.parse(await cli.ok(['volume', 'ls', '--format', 'json', '--filter', `name=${name}`])) as object;
    assert.equal((row as { Mountpoint: string }).Mountpoint, data);

    await inside(cli, ['-v', `${name}:/v`], 'echo kept > /v/file');
    assert.equal(readFileSync(join(data, 'file'), 'utf8'), 'kept\n');
    assert.equal(
      await inside(cli, ['-v', `${name}:/v:ro`], 'cat /v/file; touch /v/x 2>&1; true'),
      ['kept', 'touch: /v/x: Read-only file system'].join('\n'),
    );
    assert.equal(await cli.ok(['volume', 'rm', name]), name);
    assert.equal(existsSync(join(data, '..')), false);
    await refused(cli, ['volume', 'rm', name], 1, new RegExp(`get ${name}: no such volume`));
    assert.equal(await cli.ok(['volume', 'rm', '-f', name]), name);
    await refused(cli, ['volume', 'inspect', name], 1, new RegExp(`get ${name}: no such volume`));
  });

  both('what cannot be a volume is refused in the words of Docker', async ({ cli }) => {
    const create = (...args: string[]) => ['volume', 'create', ...args];
    await refused(cli, create('a/b'), 1, /create a\/b: "a\/b" includes invalid characters for a local volume name/);
    await refused(cli, create('-o', 'foo=bar', 'xx'), 1, /create xx: invalid option: "foo"/);
    await refused(cli, create('-o', 'type=tmpfs', 'xx'), 1, /create xx: missing required option: "device"/);
    await refused(cli, create('-o', 'size=1m', 'xx'), 1, /quota size requested but no quota support/);
    await refused(cli, ['volume', 'ls', '--filter', 'foo=bar'], 1, /invalid filter 'foo'/i);
    const run = (...args: string[]) => ['run', '--rm', ...args, 'busybox', 'true'];
    await refused(cli, run('-v', 'v1:/x:bad'), 125, /invalid mode: bad/);
    await refused(cli, run('-v', 'a_@b:/x'), 125, /includes invalid characters for a local volume name/);
    await refused(cli, run('-v', 'vv:/x', '--tmpfs', '/x'), 125, /Duplicate mount point: \/x/);
    await refused(cli, run('--mount', 'type=volume,src=vv,dst=x'), 125, /mount path must be absolute/);
    await refused(cli, run('--volumes-from', 'nobody'), 125, /No such container: nobody/);
    assert.equal(await cli.ok(['volume', 'ls', '-q']), '');
  });

  both('a volume in use stays, and says who uses it', async ({ cli }) => {
    const id = await cli.ok(['create', '-v', `used-${cli.name}:/v`, 'busybox']);
    const words = new RegExp(`remove used-${cli.name}: volume is in use - \\[${id}\\]`);
    await refused(cli, ['volume', 'rm', `used-${cli.name}`], 1, words);
    assert.equal(await cli.ok(['ps', '-aq', '--no-trunc', '--filter', `volume=used-${cli.name}`]), id);
    assert.equal(await cli.ok(['ps', '-aq', '--no-trunc', '--filter', 'volume=/v']), id);
    await cli.ok(['rm', '-v', id]);
    assert.equal(await cli.ok(['volume', 'ls', '-q']), `used-${cli.name}`);
    await cli.ok(['volume', 'rm', `used-${cli.name}`]);
  });

  both('anonymous volumes go with --rm and rm -v, stay with rm', async ({ cli }) => {
    const volumes = async () => (await cli.ok(['volume', 'ls', '-q'])).split('\n').filter(Boolean);
    await inside(cli, ['-v', '/v', '--mount', 'type=volume,dst=/w'], 'touch /v/x /w/y');
    await eventually(async () => (await volumes()).length === 0);
    const gone = await cli.ok(['create', '-v', '/v', 'busybox']);
    assert.match(String((await mountOf(cli, gone, '/v'))['Name']), /^[0-9a-f]{64}$/);
    await cli.ok(['rm', '-v', gone]);
    assert.deepEqual(await volumes(), []);
    await cli.ok(['rm', await cli.ok(['create', '-v', '/v', 'busybox'])]);
    assert.equal((await volumes()).length, 1);
    assert.match(
      await cli.ok(['volume', 'prune', '-f']),
      /^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: 0B$/,
    );
    assert.deepEqual(await volumes(), []);
  });

  both('a prune takes what nobody named; all with -a; by label', async ({ cli }) => {
    // Before API 1.42 names protected nothing.
    if (engineKind() === 'dockerd') return;
    const name = `prune-${cli.name}`;
    await cli.ok(['volume', 'create', '--label', 'keep=1', name]);
    await inside(cli, ['-v', `${name}:/v`], 'head -c 5000 /dev/zero > /v/five');
    await cli.ok(['volume', 'create']);
    assert.match(await cli.ok(['volume', 'prune', '-f', '--filter', 'label=keep']), /Total reclaimed space: 0B/);
    if (cli.name === 'wharf') {
      const told = await cli.ok(['volume', 'prune', '-a', '--dry-run', '--filter', 'label=keep']);
      assert.equal(told, `Volumes that would be deleted:\n${name}\n\nSpace that would be reclaimed: 5kB (5000 bytes)`);
    }
    const all = ['volume', 'prune', '-af', '--filter', 'label=keep'];
    assert.equal(await cli.ok(all), `Deleted Volumes:\n${name}\n\nTotal reclaimed space: 5kB`);
    assert.match(await cli.ok(['volume', 'prune', '-f']), /^Deleted Volumes:\n[0-9a-f]{64}\n/);
  });

  both('volumes of another container, also of a stopped one', async ({ cli, engine }) => {
    mkdirSync(join(engine.places.directory, 'host'), { recursive: true });
    const first = await cli.ok([
      ...['create', '-v', '/own', '-v', `shared-${cli.name}:/shared`],
      ...['-v', `${engine.places.directory}/host:/host:ro`, 'busybox'],
    ]);
    const script = 'touch /own/a /shared/b && ls /own /shared; touch /host/c';
    const result = await cli.run(['run', '--rm', '--volumes-from', first, 'busybox', 'sh', '-c', script]);
    assert.equal(result.stdout, '/own:\na\n\n/shared:\nb\n');
    assert.match(result.stderr, /\/host\/c: Read-only file system/);
    const readonly = await cli.run(['run', '--rm', '--volumes-from', `${first}:ro`, 'busybox', 'touch', '/own/d']);
    assert.match(readonly.stderr, /Read-only file system/);
    assert.equal(await inside(cli, ['--volumes-from', first, '--tmpfs', '/x'], 'ls /own'), 'a');
    await cli.ok(['rm', '-v', first]);
    await cli.ok(['volume', 'rm', `shared-${cli.name}`]);
  });

  both('options of the local driver: a tmpfs, a bind', async ({ cli }) => {
    const [memory, bound] = [`memory-${cli.name}`, `bound-${cli.name}`];
    await cli.ok(['volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m,mode=1770', memory]);
    const id = await cli.ok(['run', '-d', '-v', `${memory}:/m`, 'busybox', 'sleep', '60']);
    assert.equal(
      await cli.ok(['exec', id, 'sh', '-c', 'df -k /m | tail -1 | awk "{ print \\$1, \\$2 }"']),
      'tmpfs 1024',
    );
    await cli.ok(['exec', id, 'touch', '/m/here']);
    // While it is used, it is mounted where people look for it; two containers share it.
    assert.equal(await inside(cli, ['-v', `${memory}:/n`], 'ls /n'), 'here');
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(`/volumes/${memory}/_data `), true);
    await cli.ok(['rm', '-f', id]);
    await eventually(() => !readFileSync('/proc/self/mountinfo', 'utf8').includes(`/volumes/${memory}/_data `));
    mkdirSync(`${outside}/bound`, { recursive: true });
    await cli.ok(['volume', 'create', '-o', 'type=none', '-o', `device=${outside}/bound`, '-o', 'o=bind', bound]);
    await inside(cli, ['-v', `${bound}:/b`], 'touch /b/from-inside');
    assert.ok(existsSync(`${outside}/bound/from-inside`));
    const missing = `type=volume,src=lost-${cli.name},dst=/l,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/no/such`;
    await refused(
      cli,
      ['run', '--rm', '--mount', missing, 'busybox', 'true'],
      127,
      /mount.*no such file or directory/i,
    );
    await removeAll(cli);
    assert.equal(await cli.ok(['volume', 'ls', '-q']), '');
  });

  both('mounts as inspect shows them', async ({ cli, engine }) => {
    const { directory } = engine.places;
    const source = `${directory}/in`;
    mkdirSync(source, { recursive: true });
    const id = await cli.ok([
      ...['create', '-v', `shown-${cli.name}:/a`, '-v', '/anon', '-v', `${source}:/b:ro`],
      ...['--mount', `type=bind,src=${source},dst=/d,readonly`, '--mount', 'type=tmpfs,dst=/t', 'busybox'],
    ]);
    const plain = { Type: 'bind', Source: source, Mode: '', RW: false, Propagation: 'rprivate' };
    assert.deepEqual(await mountOf(cli, id, '/b'), { ...plain, Destination: '/b', Mode: 'ro' });
    assert.deepEqual(await mountOf(cli, id, '/d'), { ...plain, Destination: '/d' });
    const tmpfs = { Type: 'tmpfs', Source: '', Destination: '/t', Mode: '', RW: true, Propagation: '' };
    assert.deepEqual(await mountOf(cli, id, '/t'), tmpfs);
    const { Source, ...volume } = await mountOf(cli, id, '/a');
    assert.equal(Source, join(engine.places.dataRoot, 'volumes', `shown-${cli.name}`, '_data'));
    const expected = { Type: 'volume', Name: `shown-${cli.name}`, Driver: 'local', RW: true, Propagation: '' };
    assert.deepEqual(volume, { ...expected, Destination: '/a', Mode: 'z' });
    assert.equal((await mountOf(cli, id, '/anon'))['Mode'], '');
    await cli.ok(['rm', '-v', id]);
    await cli.ok(['volume', 'rm', `shown-${cli.name}`]);
  });

  both('events tell of volumes', async ({ cli }) => {
    const name = `told-${cli.name}`;
    await inside(cli, ['-v', `${name}:/v`], 'true');
    await cli.ok(['volume', 'rm', name]);
    const until = String(Math.ceil(Date.now() / 1000));
    const filter = ['--filter', 'type=volume', '--filter', `volume=${name}`];
    const events = await cli.ok(['events', '--since', '60s', '--until', until, ...filter, '--format', '{{.Action}}']);
    assert.deepEqual(events.split('\n'), ['create', 'mount', 'unmount', 'destroy']);
  });

  ours('a sub-path of a volume, out of which no link leads', async ({ cli, engine }) => {
    await inside(cli, ['-v', 'tree:/v'], 'mkdir -p /v/a/b && echo deep > /v/a/b/file && echo top > /v/top');
    const data = join(engine.places.dataRoot, 'volumes/tree/_data');
    symlinkSync('/etc', join(data, 'out'));
    symlinkSync('a/b', join(data, 'inward'));
    const mount = (path: string) => ['--mount', `type=volume,src=tree,dst=/m,volume-subpath=${path}`];
    assert.equal(await inside(cli, mount('a/b'), 'cat /m/file; ls /m'), 'deep\nfile');
    assert.equal(await inside(cli, mount('top'), 'cat /m'), 'top');
    assert.equal(await inside(cli, mount('inward'), 'ls /m'), 'file');
    const run = (path: string) => ['run', '--rm', ...mount(path), 'busybox', 'true'];
    await refused(cli, run('nope'), 127, /cannot access path .*\/nope: lstat .*: no such file or directory/);
    await refused(cli, run('out'), 125, /cannot access path/);
    await refused(cli, run('../x'), 125, /subpath must be a relative path within the volume/);
    await cli.ok(['volume', 'rm', 'tree']);
  });

  ours('volumes survive the engine, and what was mounted for nobody is unmounted', async ({ cli, engine }) => {
    await cli.ok(['volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'crash']);
    const id = await cli.ok(['run', '-d', '-v', 'crash:/m', '-v', 'plain:/p', 'busybox', 'sleep', '60']);
    await engine.kill9();
    await engine.start();
    assert.equal(await cli.ok(['volume', 'ls', '-q']), 'crash\nplain');
    await cli.ok(['exec', id, 'touch', '/m/x', '/p/y']);
    await cli.ok(['rm', '-f', id]);
    await cli.ok(['volume', 'rm', 'crash', 'plain']);
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(engine.places.dataRoot), false);
  });
});
