import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type Cli, eventually } from '@wharf/testkit';
import { suite } from './support/suite.ts';

async function refused(cli: Cli, args: readonly string[], reason: RegExp): Promise<void> {
  const { code, stderr } = await cli.run(args);
  assert.deepEqual([code, reason.test(stderr)], [1, true], `${args.join(' ')}: ${stderr}`);
}

suite('usage', {}, ({ both, once, ours }) => {
  both('top: ps -ef of the container, and what else ps is asked for', async ({ cli, engine }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', 'sleep 300 & wait']);
    await eventually(async () => (await cli.ok(['top', id])).split('\n').length === 3);
    const [head = '', ...rows] = (await cli.ok(['top', id])).split('\n');
    assert.match(head, /^UID {17}PID {17}PPID {16}C +STIME +TTY +TIME +CMD$/);
    const pid = await cli.ok(['inspect', '-f', '{{.State.Pid}}', id]);
    assert.match(
      rows[0] ?? '',
      new RegExp(`^root +${pid} +\\d+ +\\d+ +\\d\\d:\\d\\d +\\? +00:00:00 +sh -c sleep 300 & wait$`),
    );
    assert.match(rows[1] ?? '', new RegExp(`^root +\\d+ +${pid} .* +sleep 300$`));
    const asked = (await cli.ok(['top', id, '-o', 'pid,comm'])).split('\n').map((line) => line.trim().split(/\s+/));
    assert.deepEqual(
      [asked[0], asked[1]],
      [
        ['PID', 'COMMAND'],
        [pid, 'sh'],
      ],
    );
    // Some options go with no -q: all processes are listed, ours are shown.
    assert.equal((await cli.ok(['top', id, 'axu'])).split('\n').length, 3);
    await refused(cli, ['top', id, '-o', 'comm'], /Couldn't find PID field in ps output/);
    await refused(cli, ['top', id, '-o', 'pid=x -o ppid=PID'], /specifying "ppid=PID" is not allowed/);
    await refused(cli, ['top', id, '--no-such-option'], /ps: error: /);
    const { status, json } = await engine.api('GET', `/containers/${id}/top`);
    assert.deepEqual([status, Object.keys(json as object).sort()], [200, ['Processes', 'Titles']]);
    await cli.ok(['rm', '-f', id]);
    await refused(cli, ['top', id], /No such container/);
    const idle = await cli.ok(['create', 'busybox']);
    await refused(cli, ['top', idle], /is not running/);
    await cli.ok(['rm', idle]);
  });

  both('stats: one table of what containers use', async ({ cli }) => {
    const name = `stats-${cli.name}`;
    const id = await cli.ok(['run', '-d', '--name', name, '-m', '64m', 'busybox', 'sh', '-c', 'while :; do :; done']);
    const [head = '', row = ''] = (await cli.ok(['stats', '--no-stream', name])).split('\n');
    assert.match(head, /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/);
    const wanted = `^${id.slice(0, 12)} +${name} +([\\d.]+)% +[\\d.]+[KM]iB / 64MiB +[\\d.]+% +[\\d.]+k?B / [\\d.]+k?B +[\\d.]+\\w+ / [\\d.]+\\w+ +1$`;
    const share = Number(new RegExp(wanted).exec(row)?.[1] ?? row);
    assert.ok(share > 10 && share < 150, row);
    const format = '{{.Container}}|{{.Name}}|{{.ID}}|{{.PIDs}}';
    const plain = await cli.ok(['stats', '--no-stream', '--no-trunc', '--format', format, name]);
    assert.equal(plain, `${name}|${name}|${id}|1`);
    assert.ok((await cli.ok(['stats', '--no-stream', '--format', '{{.Name}}'])).split('\n').includes(name));
    await refused(cli, ['stats', '--no-stream', 'nobody'], /No such container: nobody/);
    await cli.ok(['rm', '-f', name]);
  });

  both('stats: a table that follows', async ({ cli }) => {
    const name = `follow-${cli.name}`;
    await cli.ok(['run', '-d', '--name', name, 'busybox', 'sleep', '300']);
    const following = cli.start(['stats', name]);
    await following.waitForOutput('GiB');
    // The real client takes its time to end of anything less.
    following.kill('SIGKILL');
    await following.exited;
    await cli.ok(['rm', '-f', name]);
  });

  once('stats over the API: numbers of every kind, once or as a stream', async ({ engine, cli }) => {
    const id = await cli.ok([
      'run',
      '-d',
      '-m',
      '64m',
      '--pids-limit',
      '50',
      'busybox',
      'sh',
      '-c',
      'while :; do :; done',
    ]);
    const read = async (query: string) =>
      (await engine.api('GET', `/containers/${id}/stats?${query}`)).json as {
        readonly name: string;
        readonly pids_stats: unknown;
        readonly memory_stats: { readonly usage: number; readonly limit: number; readonly stats: object };
        readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number }; readonly online_cpus: number };
        readonly precpu_stats: {
          readonly cpu_usage: { readonly total_usage: number };
          readonly system_cpu_usage?: number;
        };
        readonly networks: Record<string, { readonly rx_bytes: number }>;
      };
    const whole = await read('stream=0');
    assert.deepEqual(whole.pids_stats, { current: 1, limit: 50 });
    assert.equal(whole.memory_stats.limit, 64 << 20);
    assert.ok(whole.memory_stats.usage > 0 && Object.keys(whole.memory_stats.stats).length > 10);
    assert.deepEqual(Object.keys(whole.networks), ['eth0']);
    assert.ok(whole.precpu_stats.cpu_usage.total_usage > 0);
    assert.ok(whole.cpu_stats.cpu_usage.total_usage > whole.precpu_stats.cpu_usage.total_usage);
    const once = await read('stream=0&one-shot=1');
    assert.deepEqual([once.precpu_stats.cpu_usage.total_usage, once.precpu_stats.system_cpu_usage ?? 0], [0, 0]);
    assert.equal((await engine.api('GET', `/containers/${id}/stats?stream=1&one-shot=1`)).status, 400);
    await cli.ok(['rm', '-f', id]);
    const idle = await cli.ok(['create', 'busybox']);
    const empty = (await engine.api('GET', `/containers/${idle}/stats?stream=0`)).json as { read: string; id: string };
    assert.deepEqual([empty.read, empty.id], ['0001-01-01T00:00:00Z', idle]);
    await cli.ok(['rm', idle]);
  });

  both('update: limits of a running container change at once, its restart policy too', async ({ cli, engine }) => {
    const name = `update-${cli.name}`;
    await cli.ok(['run', '-d', '--name', name, '-m', '64m', 'busybox', 'sleep', '300']);
    const limits = async () => {
      const { json } = await engine.api('GET', `/containers/${name}/stats?stream=0`);
      const stats = json as { pids_stats: { limit?: number }; memory_stats: { limit: number } };
      return [stats.memory_stats.limit >> 20, stats.pids_stats.limit];
    };
    assert.equal((await limits())[0], 64);
    assert.equal(await cli.ok(['update', '-m', '96m', '--pids-limit', '77', name]), name);
    assert.deepEqual(await limits(), [96, 77]);
    await cli.ok(['update', '-m', '256m', '--memory-swap', '512m', name]);
    assert.deepEqual(await limits(), [256, 77]);
    await cli.ok(['update', '-m', '32m', '--memory-swap', '32m', name]);
    assert.deepEqual(await limits(), [32, 77]);
    await cli.ok(['update', '--cpus', '0.5', '--cpu-shares', '512', '--cpuset-cpus', '0', name]);
    await cli.ok(['update', '--restart', 'on-failure:3', name]);
    const shown =
      '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}}';
    const policy =
      '{{.HostConfig.CpusetCpus}} {{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}';
    const expected = `${32 << 20} ${32 << 20} 500000000 512 0 on-failure:3`;
    assert.equal(await cli.ok(['inspect', '-f', `${shown} ${policy}`, name]), expected);
    const pid = await cli.ok(['inspect', '-f', '{{.State.Pid}}', name]);
    assert.match(await readFile(`/proc/${pid}/status`, 'utf8'), /^Cpus_allowed_list:\t0$/m);

    await refused(
      cli,
      ['update', '-m', '64m', name],
      /Memory limit should be smaller than already set memoryswap limit/,
    );
    await refused(
      cli,
      ['update', '--cpu-quota', '5000', name],
      /CPU Quota cannot be updated as NanoCPUs has already been set/,
    );
    await refused(cli, ['update', '-m', '1m', name], /Minimum memory limit allowed is 6MB/);
    await refused(cli, ['update', '--restart', 'sometimes', name], /restart policy/);
    await refused(cli, ['update', name], /you must provide one or more flags/);
    await refused(cli, ['update', '--cpus', '1', 'nobody'], /No such container: nobody/);
    await cli.ok(['rm', '-f', name]);
  });

  both('update of a container that does not run holds from its next start on', async ({ cli, engine }) => {
    const id = await cli.ok(['create', '-m', '64m', 'busybox', 'sleep', '300']);
    await cli.ok(['update', '-m', '48m', id]);
    await cli.ok(['start', id]);
    const { json } = await engine.api('GET', `/containers/${id}/stats?stream=0`);
    assert.equal((json as { memory_stats: { limit: number } }).memory_stats.limit, 48 << 20);
    await cli.ok(['rm', '-f', id]);
    const own = await cli.ok(['create', '--rm', 'busybox']);
    await refused(cli, ['update', '--restart', 'always', own], /AutoRemove is enabled for the container/);
    await cli.ok(['rm', own]);
  });

  ours('an update survives the engine', async ({ cli, engine }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    await cli.ok(['update', '--pids-limit', '40', '--restart', 'always', id]);
    await engine.kill9();
    await engine.start();
    const format = '{{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}} {{.State.Status}}';
    assert.equal(await cli.ok(['inspect', '-f', format, id]), '40 always running');
    await cli.ok(['rm', '-f', id]);
  });
});
