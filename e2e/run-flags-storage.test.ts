import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { runCommand } from '@wharf/testkit';
import { inside, refused, stays } from './support/flags.ts';
import { suite } from './support/suite.ts';

/** Apart from the engine's own directories: what is mounted here is the tests', and other engines' sandboxes may hold it. */
const outside = mkdtempSync('/dev/shm/wharf-flags-');
after(() => rmSync(outside, { recursive: true, force: true }));

/** A directory of the host with files in it. */
function source(name: string): string {
  const path = join(outside, name);
  mkdirSync(join(path, 'sub'), { recursive: true });
  writeFileSync(join(path, 'file'), 'host\n');
  return path;
}

/** Runs a program of the host that must succeed. */
async function host(...argv: string[]): Promise<void> {
  const { code, stderr } = await runCommand(argv, { env: { PATH: process.env['PATH'] ?? '' } });
  assert.equal(code, 0, stderr);
}

const umount = (path: string): Promise<void> => host('umount', '-l', path);

suite('run flags: storage', {}, ({ both, once, ours }) => {
  both(
    '--volume: directories and files of the host, read-only, made when missing; volumes',
    async ({ cli, engine }) => {
      const path = source(`v-${cli.name}`);
      const options = [
        ...['-v', `${path}:/rw`, '--volume', `${path}:/ro:ro,z`, '-v', `${path}/file:/one:ro`],
        ...['-v', `${path}/made/deep:/made`, '-v', `vol-${cli.name}:/vol:Z`, '-v', '/anonymous'],
      ];
      const script = `cat /one; echo new > /rw/new; cat /ro/new; touch /made/x /vol/y /anonymous/z; touch /ro/no 2>&1; true`;
      assert.equal(await inside(cli, options, script), 'host\nnew\ntouch: /ro/no: Read-only file system');
      assert.ok(existsSync(`${path}/made/deep/x`));
      assert.ok(existsSync(join(engine.places.dataRoot, 'volumes', `vol-${cli.name}`, '_data/y')));
      await refused(cli, ['-v', `${path}:/x:ro,rw`], /invalid mode/);
      await cli.ok(['volume', 'rm', `vol-${cli.name}`]);
    },
  );

  both('--mount: bind, volume, tmpfs, each with its options', async ({ cli }) => {
    const path = source(`m-${cli.name}`);
    const volume = `mounted-${cli.name}`;
    const options = [
      ...['--mount', `type=bind,src=${path},dst=/b,readonly`, '--mount', `type=bind,source=${path},target=/w`],
      ...['--mount', `type=volume,src=${volume},dst=/v,volume-label=a=b,volume-driver=local`],
      ...['--mount', 'type=tmpfs,dst=/t,tmpfs-size=2m,tmpfs-mode=0710', '--mount', `src=${volume},dst=/plain,ro`],
    ];
    const script = `cat /b/file; touch /b/x 2>&1; touch /v/y && ls /plain; touch /plain/z 2>&1; echo > /w/w
      stat -c %a /t; df -k /t | tail -1 | awk '{ print $2 }'; grep -c " /t tmpfs.*noexec" /proc/mounts`;
    assert.deepEqual((await inside(cli, options, script)).split('\n'), [
      ...[
        'host',
        'touch: /b/x: Read-only file system',
        'y',
        'touch: /plain/z: Read-only file system',
        '710',
        '2048',
        '1',
      ],
    ]);
    assert.equal(await cli.ok(['volume', 'inspect', '-f', '{{.Labels.a}}', volume]), 'b');
    await refused(
      cli,
      ['--mount', 'type=bind,src=/no/such/place,dst=/x'],
      /bind source path does not exist: \/no\/such\/place/,
    );
    await refused(cli, ['--mount', 'type=tmpfs,dst=/x,src=y'], /field Source must not be specified/);
    await cli.ok(['volume', 'rm', volume]);
  });

  ours('--mount: what is mounted below a source comes along, is read-only too, or stays out', async ({ cli }) => {
    const path = source('deep');
    await host('mount', '-t', 'tmpfs', 'tmpfs', `${path}/sub`);
    try {
      writeFileSync(`${path}/sub/below`, '');
      const mount = (more: string) => ['--mount', `type=bind,src=${path},dst=/m${more}`];
      const script = 'ls /m/sub; touch /m/sub/x 2>&1 | sed "s/.*: //"';
      assert.equal(await inside(cli, mount(''), `${script}; rm -f /m/sub/x`), 'below');
      assert.equal(await inside(cli, mount(',readonly'), script), 'below\nRead-only file system');
      assert.equal(await inside(cli, mount(',readonly,bind-recursive=writable'), `${script}; rm /m/sub/x`), 'below');
      const strict = ',readonly,bind-recursive=readonly,bind-propagation=rprivate';
      assert.equal(await inside(cli, mount(strict), script), 'below\nRead-only file system');
      for (const option of ['bind-recursive=disabled', 'bind-nonrecursive']) {
        assert.equal(await inside(cli, mount(`,${option}`), 'ls /m/sub'), '');
      }
      assert.equal(await inside(cli, ['--mount', `type=bind,src=${path}/fresh,dst=/f,bind-create-src`], 'ls /f'), '');
      assert.ok(existsSync(`${path}/fresh`));
    } finally {
      await umount(`${path}/sub`);
    }
  });

  both('--volume: mounts travel to the host and from it as the propagation says', async ({ cli }) => {
    const path = source(`p-${cli.name}`);
    await host('mount', '--bind', path, path);
    await host('mount', '--make-shared', path);
    try {
      const options = [
        ...['--cap-add', 'SYS_ADMIN', '--security-opt', 'seccomp=unconfined'],
        '-v',
        `${path}:/shared:rshared`,
        '-v',
        `${path}:/slave:rslave`,
        '-v',
        `${path}:/alone`,
      ];
      const id = await stays(cli, ...options);
      await cli.ok(['exec', id, 'mkdir', '/shared/out', '/shared/in']);
      await cli.ok(['exec', id, 'mount', '-t', 'tmpfs', 'tmpfs', '/shared/out']);
      await cli.ok(['exec', id, 'touch', '/shared/out/here']);
      assert.ok(existsSync(`${path}/out/here`), 'mounted inside, seen on the host');
      await host('mount', '-t', 'tmpfs', 'tmpfs', `${path}/in`);
      writeFileSync(`${path}/in/there`, '');
      const seen = await cli.ok(['exec', id, 'sh', '-c', 'ls /shared/in /slave/in /alone/in /alone/out']);
      assert.equal(seen, '/alone/in:\n\n/alone/out:\n\n/shared/in:\nthere\n\n/slave/in:\nthere');
      await cli.ok(['rm', '-f', id]);
      await umount(`${path}/out`);
      await umount(`${path}/in`);
    } finally {
      await umount(path);
    }
    await refused(cli, ['-v', `${path}:/x:rshared`], /is mounted on .* but it is not a shared mount/);
    await refused(cli, ['-v', `${path}:/x:rslave`], /is mounted on .* but it is not a shared or slave mount/);
  });

  both('--volumes-from --volume-driver', async ({ cli }) => {
    const id = await cli.ok(['create', '--volume-driver', 'local', '-v', `from-${cli.name}:/data`, 'busybox']);
    await inside(cli, ['--volumes-from', id], 'echo shared > /data/x');
    assert.equal(
      await inside(cli, ['--volumes-from', `${id}:ro`], 'cat /data/x; rm /data/x 2>&1; true'),
      ['shared', "rm: can't remove '/data/x': Read-only file system"].join('\n'),
    );
    await cli.ok(['rm', id]);
    await cli.ok(['volume', 'rm', `from-${cli.name}`]);
  });

  ours('--volume-driver: one that is not there', async ({ cli }) => {
    const result = await cli.run(['create', '--pull', 'never', '--volume-driver', 'nobody', '-v', 'xx:/x', 'busybox']);
    assert.match(result.stderr, /create xx: error looking up volume plugin nobody: plugin "nobody" not found/);
    assert.equal(await cli.ok(['volume', 'ls', '-q']), '');
  });

  both('--tmpfs --read-only --shm-size', async ({ cli }) => {
    const options = ['--read-only', '--tmpfs', '/t', '--tmpfs', '/e:exec,size=3m,mode=1755', '--shm-size', '5m'];
    const script = `touch /x 2>&1; touch /t/x /e/x /dev/shm/x; grep -o " /[te] tmpfs [a-z,]*noexec" /proc/mounts
      stat -c %a /e; df -k /e /dev/shm | awk 'NR > 1 { print $2 }'`;
    assert.deepEqual((await inside(cli, options, script)).split('\n'), [
      ...['touch: /x: Read-only file system', ' /t tmpfs rw,nosuid,nodev,noexec', '1755', '3072', '5120'],
    ]);
    await refused(cli, ['--tmpfs', '/x:nonsense'], /invalid tmpfs option/i);
  });

  once('--storage-opt: a size needs a file system with quotas', async ({ cli }) => {
    await refused(
      cli,
      ['--storage-opt', 'size=1g'],
      /--storage-opt is supported only for overlay over xfs with 'pquota'/,
    );
    await refused(cli, ['--storage-opt', 'foo=1'], /Unknown option foo/i);
  });
});
