import assert from 'node:assert/strict';
import { readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@wharf/testkit';
import { suite } from './support/suite.ts';

const V1 = ['memory', 'pids', 'cpu', 'freezer'];

suite('parts of the machine that go missing', {}, ({ once, ours }) => {
  once('a device file that is gone when the container starts', async ({ engine, cli }) => {
    const node = join(engine.places.directory, 'device');
    await runCommand(['mknod', node, 'c', '1', '3'], { env: { PATH: process.env['PATH'] ?? '' } });
    await cli.ok(['create', '--name', 'with-device', '--device', `${node}:/dev/x`, 'busybox', 'true']);
    rmSync(node);
    const { code, stderr } = await cli.run(['start', 'with-device']);
    assert.equal(code, 1);
    assert.match(stderr, /error gathering device information .*: no such file or directory/);
    await cli.ok(['rm', 'with-device']);
  });

  ours(
    'a control group that somebody took away: each verb says so, the container can be removed',
    async ({ engine, cli, t }) => {
      const id = await cli.ok(['run', '-d', '-m', '64m', 'busybox', 'sleep', '1000']);
      const pid = await cli.ok(['inspect', '-f', '{{.State.Pid}}', id]);
      const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
      const paths = V1.flatMap((name) =>
        groups
          .filter((line) => line.split(':')[1]?.split(',').includes(name))
          .map((line) => `/sys/fs/cgroup/${name}${line.split(':')[2]}`),
      );
      if (paths.length < V1.length) {
        await cli.ok(['rm', '-f', id]);
        t.skip('cgroup v2 moves no process out of single groups');
        return;
      }
      for (const name of V1) writeFileSync(`/sys/fs/cgroup/${name}/cgroup.procs`, pid);
      for (const path of paths) rmdirSync(path);
      const refused = async (...args: string[]) => {
        const { code, stderr } = await cli.run([...args, id]);
        assert.equal(code, 1, args.join(' '));
        assert.match(stderr, /no such file or directory/i);
      };
      await refused('pause');
      await refused('update', '-m', '32m');
      for (const verb of ['top', 'inspect', 'why']) await cli.ok([verb, id]);
      await cli.ok(['stats', '--no-stream', id]);
      assert.equal(await cli.ok(['rm', '-f', id]), id);
      assert.equal((await engine.api('GET', '/_ping')).status, 200);
    },
  );
});
