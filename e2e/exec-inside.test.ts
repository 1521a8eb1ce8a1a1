import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@wharf/testkit';
import { execIds, execState, prepare, sleeper } from './support/exec.ts';
import { suite } from './support/suite.ts';

const line = (text: string, key: string) => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(text)?.[1];

suite('exec: isolation', {}, ({ once, ours }) => {
  once('namespaces and control groups are those of the container', async ({ cli, engine }) => {
    const id = await sleeper(cli);
    const script = 'for n in cgroup ipc mnt net pid uts; do readlink /proc/$0/ns/$n; done';
    const look = (pid: string) => cli.ok(['exec', id, 'sh', '-c', script, pid]);
    assert.equal(await look('self'), await look('1'));
    assert.match(await cli.ok(['exec', id, 'ps']), /^\s*1 root .*sleep 600$/m);
    const exec = await prepare(engine, id, { Cmd: ['sleep', '600'] });
    await engine.api('POST', `/exec/${exec}/start`, { Detach: true });
    const { Pid } = await eventually(async () => {
      const state = await execState(engine, exec);
      return state.Pid > 0 && state;
    });
    const first = Number(await cli.ok(['inspect', '-f', '{{.State.Pid}}', id]));
    const groups = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    // Ours is in a group of its own inside, in the one hierarchy by which it can be killed.
    assert.equal(groups(Pid).replace(/\/exec-[0-9a-f]{32}$/m, ''), groups(first));
    await cli.ok(['rm', '-f', id]);
    assert.equal(existsSync(`/proc/${Pid}`), false);
  });

  for (const options of [
    [],
    ['-u', '1000'],
    ['--cap-drop', 'ALL', '--cap-add', 'CHOWN'],
    ['--security-opt', 'no-new-privileges'],
    ['--security-opt', 'seccomp=unconfined'],
  ]) {
    ours(`privileges are those of the container: ${options.join(' ') || 'by default'}`, async ({ cli }) => {
      const id = await sleeper(cli, ...options);
      const own = await cli.ok(['exec', id, 'cat', '/proc/self/status']);
      const first = await cli.ok(['exec', '-u', options[0] === '-u' ? '1000' : '0', id, 'cat', '/proc/1/status']);
      for (const key of [
        'CapInh',
        'CapPrm',
        'CapEff',
        'CapBnd',
        'CapAmb',
        'NoNewPrivs',
        'Seccomp',
        'Uid',
        'Gid',
        'Groups',
      ]) {
        assert.equal(line(own, key), line(first, key), key);
      }
      await cli.ok(['rm', '-f', id]);
    });
  }

  ours('--privileged gives all capabilities and keeps the filter', async ({ cli }) => {
    const id = await sleeper(cli);
    const text = await cli.ok(['exec', '--privileged', id, 'cat', '/proc/self/status']);
    assert.equal(line(text, 'CapEff'), line(readFileSync('/proc/self/status', 'utf8'), 'CapBnd'));
    assert.equal(line(text, 'Seccomp'), '2');
    await cli.ok(['rm', '-f', id]);
  });

  once('no descriptor, limit or environment of the engine gets in', async ({ cli }) => {
    const id = await sleeper(cli, '--ulimit', 'nofile=100:200', '--pids-limit', '20');
    const fds = await cli.ok(['exec', id, 'ls', '/proc/self/fd']);
    // 3 is the directory that ls reads.
    assert.deepEqual(fds.split('\n'), ['0', '1', '2', '3']);
    assert.equal(await cli.ok(['exec', id, 'sh', '-c', 'ulimit -n; ulimit -Hn']), '100\n200');
    const names = (await cli.ok(['exec', id, 'env'])).split('\n').map((entry) => entry.split('=')[0]);
    assert.deepEqual(names.sort(), ['HOME', 'HOSTNAME', 'PATH']);
    const bomb = 'i=0; while [ $i -lt 40 ]; do sleep 60 & i=$((i+1)); done';
    assert.match((await cli.run(['exec', id, 'sh', '-c', bomb])).stderr, /can't fork|Resource temporarily unavailable/);
    await cli.ok(['rm', '-f', id]);
  });

  once('links that the container makes do not lead the lookup of users out of it', async ({ cli }) => {
    const id = await sleeper(cli);
    const uid = async (user: string) =>
      line(await cli.ok(['exec', '-u', user, id, 'cat', '/proc/self/status']), 'Uid')?.split('\t')[0];
    await cli.ok(['exec', id, 'sh', '-c', 'rm /etc/passwd; mkfifo /etc/passwd']);
    assert.equal(await uid('5'), '5');
    await cli.ok(['exec', id, 'sh', '-c', 'rm /etc/passwd; ln -s ../../../../../../etc/shells /etc/passwd']);
    assert.equal(await uid('6'), '6');
    await cli.ok(['rm', '-f', id]);
  });
});

suite('exec: the API', {}, ({ once, ours }) => {
  once('inspect before, while and after; started once only', async ({ cli, engine }) => {
    const id = await sleeper(cli);
    const exec = await prepare(engine, id, {
      Cmd: ['sh', '-c', 'while [ ! -e /go ]; do sleep 0.05; done; exit 9'],
      User: 'root',
    });
    const before = await execState(engine, exec);
    assert.deepEqual(
      [before.ID, before.ContainerID, before.Running, before.ExitCode, before.Pid],
      [exec, id, false, null, 0],
    );
    assert.deepEqual([before.ProcessConfig['entrypoint'], before.ProcessConfig['user']], ['sh', 'root']);
    assert.deepEqual(await execIds(engine, id), [exec]);
    assert.equal((await engine.api('POST', `/exec/${exec}/start`, { Detach: true })).status, 200);
    const during = await execState(engine, exec);
    assert.deepEqual([during.Running, during.ExitCode, during.Pid > 1], [true, null, true]);
    assert.equal((await engine.api('POST', `/exec/${exec}/start`, { Detach: true })).status, 409);
    await cli.ok(['exec', id, 'touch', '/go']);
    const after = await eventually(async () => {
      const state = await execState(engine, exec);
      return !state.Running && state;
    });
    assert.deepEqual([after.ExitCode, after.Pid > 0 && existsSync(`/proc/${after.Pid}`)], [9, false]);
    assert.equal((await engine.api('POST', `/exec/${exec}/start`, { Detach: true })).status, 409);
    assert.equal(await execIds(engine, id), null);
    await cli.ok(['rm', '-f', id]);
  });

  once('what cannot be: no command, no such exec, a stopped container', async ({ cli, engine }) => {
    const id = await sleeper(cli);
    const message = (json: unknown) => (json as { message: string }).message;
    const empty = await engine.api('POST', `/containers/${id}/exec`, { Cmd: [] });
    assert.equal(empty.status, 400);
    assert.match(message(empty.json), /No exec command specified/);
    for (const [method, path] of [
      ['GET', 'json'],
      ['POST', 'start'],
    ] as const) {
      const missing = await engine.api(method, `/exec/nope/${path}`, method === 'POST' ? { Detach: true } : undefined);
      assert.equal(missing.status, 404, path);
      assert.match(message(missing.json), /No such exec instance: nope/);
    }
    const exec = await prepare(engine, id, { Cmd: ['true'] });
    await cli.ok(['stop', '-t', '0', id]);
    const late = await engine.api('POST', `/exec/${exec}/start`, { Detach: true });
    assert.ok([404, 409].includes(late.status), late.text);
    assert.equal((await engine.api('POST', `/containers/${id}/exec`, { Cmd: ['true'] })).status, 409);
    await cli.ok(['rm', id]);
  });

  ours('nothing is left of those that ended', async ({ cli, engine }) => {
    const id = await sleeper(cli);
    const open = () => readdirSync(`/proc/${engine.pid}/fd`).length;
    await cli.ok(['exec', id, 'true']);
    const before = open();
    for (let at = 0; at < 5; at += 1) await cli.run(['exec', id, at % 2 === 0 ? 'true' : 'no-such-command']);
    await eventually(() => readdirSync(join(engine.places.execRoot, 'e')).length === 0);
    await eventually(() => open() <= before);
    await cli.ok(['rm', '-f', id]);
  });

  ours('commands survive a crash of the engine, their ends are known', async ({ cli, engine }) => {
    const id = await sleeper(cli);
    const script = 'while [ ! -e $0 ]; do sleep 0.05; done; exit 6';
    const start = async (file: string) => {
      const exec = await prepare(engine, id, { Cmd: ['sh', '-c', script, file] });
      await engine.api('POST', `/exec/${exec}/start`, { Detach: true });
      return exec;
    };
    const [during, after] = [await start('/during'), await start('/after')];
    const first = Number(await cli.ok(['inspect', '-f', '{{.State.Pid}}', id]));
    await engine.kill9();
    writeFileSync(`/proc/${first}/root/during`, '');
    await engine.start();
    await eventually(async () => (await execState(engine, during)).ExitCode === 6);
    assert.equal((await execState(engine, after)).Running, true);
    await cli.ok(['exec', id, 'touch', '/after']);
    await eventually(async () => (await execState(engine, after)).ExitCode === 6);
    await cli.ok(['rm', '-f', id]);
  });
});
