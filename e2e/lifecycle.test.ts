import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@wharf/testkit';
import { suite } from './support/suite.ts';

interface Inspected {
  readonly Id: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
}

const TRAP = 'trap "echo bye; exit 9" TERM; echo up; while :; do sleep 0.1; done';

suite('lifecycle', {}, ({ both, once }) => {
  both('create, start, stop, start again, rm', async ({ cli, engine }) => {
    const name = `life-${cli.name}`;
    const inspect = async (): Promise<Inspected> =>
      (await engine.api('GET', `/containers/${name}/json`)).json as Inspected;
    const id = await cli.ok(['create', '--name', name, 'busybox', 'sh', '-c', TRAP]);
    const created = await inspect();
    assert.equal(created.Id, id);
    assert.deepEqual([created.State.Status, created.State.Pid], ['created', 0]);
    assert.equal(created.State.StartedAt, '0001-01-01T00:00:00Z');

    assert.equal(await cli.ok(['start', name]), name);
    const running = await inspect();
    assert.deepEqual([running.State.Status, running.State.Running], ['running', true]);
    assert.ok(running.State.Pid > 1);
    await eventually(async () => (await cli.ok(['logs', name])) === 'up');

    assert.equal(await cli.ok(['stop', name]), name);
    const stopped = await inspect();
    assert.deepEqual([stopped.State.Status, stopped.State.ExitCode, stopped.State.Pid], ['exited', 9, 0]);
    assert.ok(Date.parse(stopped.State.FinishedAt) >= Date.parse(stopped.State.StartedAt));

    await cli.ok(['start', name]);
    await eventually(async () => (await cli.ok(['logs', name])) === 'up\nbye\nup');
    const refused = await cli.run(['rm', name]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /container is running|cannot remove (a running )?container/);
    assert.equal(await cli.ok(['rm', '-f', name]), name);
    assert.equal((await engine.api('GET', `/containers/${name}/json`)).status, 404);
  });

  both('starting or stopping twice is no error', async ({ cli, engine }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    await cli.ok(['start', id]);
    assert.equal((await engine.api('POST', `/containers/${id}/start`)).status, 304);
    await cli.ok(['stop', '-t', '0', id]);
    await cli.ok(['stop', id]);
    assert.equal((await engine.api('POST', `/containers/${id}/stop`)).status, 304);
    await cli.ok(['rm', id]);
  });

  both('stop kills what does not heed the signal', async ({ cli }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    await cli.ok(['stop', '-t', '1', id]);
    assert.equal(await cli.ok(['inspect', '-f', '{{.State.ExitCode}}', id]), '137');
    await cli.ok(['rm', id]);
  });

  both('kill sends the signal that is asked for', async ({ cli }) => {
    const script = 'trap "echo usr" USR1; trap "exit 3" TERM; echo up; while :; do sleep 0.1; done';
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', script]);
    await eventually(async () => (await cli.ok(['logs', id])) === 'up');
    assert.equal(await cli.ok(['kill', '-s', 'USR1', id]), id);
    await eventually(async () => (await cli.ok(['logs', id])) === 'up\nusr');
    await cli.ok(['kill', '-s', '15', id]);
    assert.equal(await cli.ok(['wait', id]), '3');
    const dead = await cli.run(['kill', id]);
    assert.equal(dead.code, 1);
    assert.match(dead.stderr, /is not running/);
    await cli.ok(['rm', id]);
  });

  both('restart gives a new process', async ({ cli }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    const started = await cli.ok(['inspect', '-f', '{{.State.StartedAt}}', id]);
    await cli.ok(['restart', '-t', '0', id]);
    const again = await cli.ok(['inspect', '-f', '{{.State.Status}} {{.State.StartedAt}}', id]);
    assert.match(again, /^running /);
    assert.notEqual(again, `running ${started}`);
    await cli.ok(['rm', '-f', id]);
  });

  both('wait gives the exit codes, of ended containers too', async ({ cli }) => {
    const one = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', 'sleep 0.3; exit 4']);
    const two = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', 'exit 5']);
    assert.equal(await cli.ok(['wait', one, two]), '4\n5');
    assert.equal(await cli.ok(['wait', one]), '4');
    await cli.ok(['rm', one, two]);
  });

  both('logs: all, the tail, with times, and following to the end', async ({ cli }) => {
    const script = 'for i in 1 2 3 4 5; do echo line $i; done; echo error >&2; sleep 0.5; echo last';
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', script]);
    const followed = await cli.run(['logs', '-f', id]);
    assert.equal(followed.stdout, 'line 1\nline 2\nline 3\nline 4\nline 5\nlast\n');
    assert.equal(followed.stderr, 'error\n');
    assert.equal((await cli.run(['logs', '--tail', '1', id])).stdout, 'last\n');
    assert.equal((await cli.run(['logs', '--tail', '0', id])).stdout, '');
    const timed = (await cli.run(['logs', '-t', '--tail', '1', id])).stdout;
    assert.match(timed, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z last\n$/);
    const later = String(Math.ceil(Date.now() / 1000) + 1);
    assert.equal((await cli.run(['logs', '--since', later, id])).stdout, '');
    await cli.ok(['rm', id]);
  });

  both('ps: running, all, quiet, filtered, formatted', async ({ cli }) => {
    const name = `ps-${cli.name}`;
    const up = await cli.ok(['run', '-d', '--name', name, '--label', `of=${cli.name}`, 'busybox', 'sleep', '300']);
    const down = await cli.ok(['create', '--label', `of=${cli.name}`, 'busybox', 'true']);
    const label = ['--filter', `label=of=${cli.name}`];
    const [head, row, ...more] = (await cli.ok(['ps', ...label])).split('\n');
    assert.match(head ?? '', /^CONTAINER ID {3}IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/);
    assert.match(
      row ?? '',
      new RegExp(`^${up.slice(0, 12)} {3}busybox +"sleep 300" +.*ago +Up (Less than a|\\d+) seconds? +${name}$`),
    );
    assert.deepEqual(more, []);
    assert.equal(await cli.ok(['ps', '-aq', '--no-trunc', ...label]), `${down}\n${up}`);
    assert.equal(await cli.ok(['ps', '-aq', '--no-trunc', ...label, '--filter', 'status=created']), down);
    const format = '{{.Names}}|{{.Image}}|{{.State}}|{{.Label "of"}}';
    assert.equal(await cli.ok(['ps', ...label, '--format', format]), `${name}|busybox|running|${cli.name}`);
    assert.equal(await cli.ok(['ps', '-lq', '--no-trunc']), down);
    await cli.ok(['rm', '-f', up, down]);
  });

  both('inspect of several things, and of what does not exist', async ({ cli }) => {
    const id = await cli.ok(['create', '--name', `look-${cli.name}`, '-e', 'A=b', 'busybox', 'echo', 'x']);
    const [found] = JSON.parse(await cli.ok(['inspect', id])) as Record<string, unknown>[];
    assert.deepEqual(
      [found?.['Id'], found?.['Name'], found?.['Path'], found?.['Args']],
      [id, `/look-${cli.name}`, 'echo', ['x']],
    );
    assert.equal(
      await cli.ok(['inspect', '-f', '{{json .Config.Cmd}} {{index .Config.Env 0}}', id]),
      '["echo","x"] A=b',
    );
    const missing = await cli.run(['inspect', id, 'no-such-thing']);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /No such object: no-such-thing/);
    assert.equal((JSON.parse(missing.stdout) as unknown[]).length, 1);
    await cli.ok(['rm', id]);
  });

  both('commands on containers that do not exist', async ({ cli }) => {
    for (const verb of ['start', 'stop', 'kill', 'restart', 'rm', 'logs', 'wait', 'attach']) {
      const result = await cli.run([verb, 'no-such-box']);
      assert.equal(result.code, 1, verb);
      assert.match(result.stderr, /No such container: no-such-box/, verb);
    }
  });

  both('an ambiguous or unique short id', async ({ cli }) => {
    const id = await cli.ok(['create', 'busybox']);
    assert.equal(await cli.ok(['inspect', '-f', '{{.Id}}', id.slice(0, 10)]), id);
    await cli.ok(['rm', id.slice(0, 10)]);
  });

  both('events tell the life of a container in order', async ({ cli }) => {
    const name = `events-${cli.name}`;
    const since = String(Math.floor(Date.now() / 1000));
    await cli.ok(['run', '--rm', '--name', name, 'busybox', 'true']);
    const filter = ['--filter', 'type=container', '--filter', `container=${name}`];
    const format = ['--format', '{{.Action}}'];
    const actions = await eventually(async () => {
      const until = String(Math.ceil(Date.now() / 1000));
      const lines = (await cli.ok(['events', '--since', since, '--until', until, ...filter, ...format])).split('\n');
      return lines.includes('destroy') && lines;
    });
    assert.deepEqual(
      actions.filter((action) => action !== 'attach' && action !== 'resize'),
      ['create', 'start', 'die', 'destroy'],
    );
  });

  both('attach to a running container gets what comes from now on', async ({ cli }) => {
    const id = await cli.ok([
      'run',
      '-di',
      'busybox',
      'sh',
      '-c',
      'echo before; while read l; do echo got $l; done; exit 6',
    ]);
    await eventually(async () => (await cli.ok(['logs', id])) === 'before');
    const attached = cli.start(['attach', id], { keepInputOpen: true });
    attached.write('one\n');
    await attached.waitForOutput('got one');
    // The container keeps its input open for others (it has no --attach at its start), so only a signal ends this client.
    attached.kill('SIGKILL');
    const result = await attached.exited;
    assert.equal(result.stdout, 'got one\n');
    await cli.ok(['rm', '-f', id]);
  });

  both('start -a shows the output and gives the exit code', async ({ cli }) => {
    const id = await cli.ok(['create', 'busybox', 'sh', '-c', 'echo out; exit 8']);
    const result = await cli.run(['start', '-a', id]);
    assert.deepEqual([result.code, result.stdout], [8, 'out\n']);
    await cli.ok(['rm', id]);
  });

  once('no output is older than the start', async ({ cli }) => {
    for (let round = 0; round < 5; round += 1) {
      const id = await cli.ok(['run', '-d', 'busybox', 'echo', 'first']);
      await cli.ok(['wait', id]);
      const [said = ''] = (await cli.ok(['logs', '--timestamps', id])).split(' ');
      const started = await cli.ok(['inspect', '-f', '{{.State.StartedAt}}', id]);
      // Nanoseconds without trailing zeros: as texts they compare only when filled up.
      const full = (time: string) => time.replace('Z', '').padEnd(29, '0');
      assert.ok(full(started) <= full(said), `${started} ${said}`);
      await cli.ok(['rm', id]);
    }
  });

  once('a container that is stopped while its restart policy starts it stays stopped', async ({ engine }) => {
    const HostConfig = { NetworkMode: 'none', RestartPolicy: { Name: 'always' } };
    const stopped = async (at: number) => {
      const body = { Image: 'busybox', Cmd: ['sleep', '0.01'], HostConfig };
      const { Id } = (await engine.api('POST', '/containers/create', body)).json as { Id: string };
      const inspect = async () => ((await engine.api('GET', `/containers/${Id}/json`)).json as Inspected).State;
      await engine.api('POST', `/containers/${Id}/start`);
      // Around the time of the first restart.
      await delay(100 + 4 * at);
      await engine.api('POST', `/containers/${Id}/stop?t=1`);
      const before = await inspect();
      await delay(150);
      const after = await inspect();
      await engine.api('DELETE', `/containers/${Id}?force=1`);
      return [before.Status, after.Status, after.StartedAt === before.StartedAt];
    };
    const all = await Promise.all(Array.from({ length: 20 }, (_, at) => stopped(at)));
    assert.deepEqual([...new Set(all.map(String))], ['exited,exited,true']);
  });

  once('ten containers at once', async ({ cli }) => {
    const outputs = await Promise.all(
      Array.from({ length: 10 }, (_, at) => cli.ok(['run', '--rm', 'busybox', 'echo', String(at)])),
    );
    assert.deepEqual(
      outputs,
      Array.from({ length: 10 }, (_, at) => String(at)),
    );
  });
});
