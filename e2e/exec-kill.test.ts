import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cli, eventually, type TestEngine } from '@wharf/testkit';
import { execIds, execState, prepare, sleeper } from './support/exec.ts';
import { type Scene, suite } from './support/suite.ts';

/** A command that has a child, and a grandchild that has left its parents and its session behind. */
const FAMILY = '(setsid sh -c "sleep 611 & exit" &) ; sleep 612 & echo up; exec sleep 613';

async function sleepers(cli: Cli, id: string): Promise<string[]> {
  const list = await cli.ok(['top', id, '-eo', 'pid,args']);
  return list
    .split('\n')
    .filter((line) => /sleep 61\d/.test(line))
    .sort();
}

async function family(cli: Cli, id: string): Promise<void> {
  await eventually(async () => (await sleepers(cli, id)).length === 3);
}

async function nobody(cli: Cli, id: string): Promise<void> {
  await eventually(async () => (await sleepers(cli, id)).length === 0);
}

/** The control groups of commands, in whichever hierarchy they are. */
function execGroups(engine: TestEngine): string[] {
  const parents = [
    `/sys/fs/cgroup/unified/wharf-${engine.places.bridge}`,
    `/sys/fs/cgroup/wharf-${engine.places.bridge}`,
  ];
  const parent = parents.find((path) => existsSync(path)) ?? '';
  const sandboxes = readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return sandboxes.flatMap(({ name }) => readdirSync(join(parent, name)).filter((each) => each.startsWith('exec-')));
}

async function theExec(engine: TestEngine, id: string): Promise<string> {
  return eventually(async () => (await execIds(engine, id))?.[0] ?? false);
}

/** Runs a scenario in a container that goes on whatever its commands do. */
function inContainer(scenario: (scene: Scene & { id: string }) => Promise<void>) {
  return async (scene: Scene): Promise<void> => {
    const id = await sleeper(scene.cli, '--network', 'none');
    await scenario({ ...scene, id });
    assert.equal(await scene.cli.ok(['inspect', '-f', '{{.State.Running}}', id]), 'true');
    await scene.cli.ok(['rm', '-f', id]);
  };
}

suite('commands that are ended from outside', {}, ({ ours }) => {
  ours(
    'kill --exec ends the command, its children and what has left them',
    inContainer(async ({ cli, engine, id }) => {
      const run = cli.start(['exec', id, 'sh', '-c', FAMILY]);
      await family(cli, id);
      const exec = await theExec(engine, id);
      assert.equal(await cli.ok(['kill', '--exec', exec.slice(0, 12)]), exec.slice(0, 12));
      assert.equal((await run.exited).code, 137);
      await nobody(cli, id);
      assert.equal((await execState(engine, exec)).ExitCode, 137);
      const again = await cli.run(['kill', '--exec', exec]);
      assert.deepEqual([again.code, again.stdout], [1, '']);
      assert.match(again.stderr, /exec process is not running/);
      assert.match((await cli.run(['kill', '--exec', 'nothing'])).stderr, /No such exec instance: nothing/);
      assert.match((await cli.run(['kill'])).stderr, /requires at least 1 argument/);
    }),
  );

  ours(
    'any signal reaches all of them; what a command that ended left behind is reached too',
    inContainer(async ({ cli, engine, id }) => {
      const script =
        'trap "exit 33" USR1; (trap "touch /told; exit" USR1; while :; do sleep 0.05; done) & while :; do sleep 0.05; done';
      const run = cli.start(['exec', id, 'sh', '-c', script]);
      const exec = await theExec(engine, id);
      await eventually(async () => (await execState(engine, exec)).Running);
      await eventually(async () => {
        // Until both have set their traps the signal would end them.
        const shells = await cli.ok([
          'exec',
          id,
          'sh',
          '-c',
          'grep -l "SigCgt:.*2[0-9a-f]\\{2\\}$" /proc/[0-9]*/status | wc -l',
        ]);
        return Number(shells) >= 2;
      });
      await cli.ok(['kill', '-s', 'USR1', '--exec', exec]);
      assert.equal((await run.exited).code, 33);
      await eventually(async () => (await cli.run(['exec', id, 'test', '-e', '/told'])).code === 0);
      const left = await prepare(engine, id, { Cmd: ['sh', '-c', 'setsid sleep 611 &'] });
      assert.equal((await engine.api('POST', `/exec/${left}/start`, { Detach: true })).status, 200);
      await eventually(async () => !(await execState(engine, left)).Running);
      assert.equal((await sleepers(cli, id)).length, 1);
      const groups = () => execGroups(engine).length;
      assert.equal(groups(), 1);
      await cli.ok(['kill', '--exec', left]);
      await nobody(cli, id);
      // What was left empty goes with the next command that ends.
      await cli.ok(['exec', id, 'true']);
      await eventually(async () => groups() === 0);
    }),
  );

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    ours(
      `--kill-on-disconnect: a client that ends by ${signal} takes the command and its children along`,
      inContainer(async ({ cli, engine, id }) => {
        const run = cli.start(['exec', '-i', '--kill-on-disconnect', id, 'sh', '-c', FAMILY], { keepInputOpen: true });
        await family(cli, id);
        const exec = await theExec(engine, id);
        run.kill(signal);
        await run.exited;
        await nobody(cli, id);
        await eventually(async () => (await execState(engine, exec)).ExitCode === 137);
      }),
    );
  }

  ours(
    '--kill-on-disconnect changes nothing for a command that ends by itself; without it commands go on',
    inContainer(async ({ cli, id }) => {
      const copy = await cli.run(['exec', '-i', '--kill-on-disconnect', id, 'sh', '-c', 'cat; sleep 0.2; exit 5'], {
        input: 'text',
      });
      assert.deepEqual([copy.code, copy.stdout], [5, 'text']);
      const both = await cli.run(['exec', '-d', '--kill-on-disconnect', id, 'true']);
      assert.match(both.stderr, /conflicting options: cannot specify both --detach and --kill-on-disconnect/);
      const run = cli.start(['exec', id, 'sh', '-c', FAMILY]);
      await family(cli, id);
      run.kill('SIGKILL');
      await run.exited;
      assert.equal((await sleepers(cli, id)).length, 3);
    }),
  );

  ours(
    '--kill-on-disconnect: an engine that was killed ends the command when it is back',
    inContainer(async ({ cli, engine, id }) => {
      const run = cli.start(['exec', '--kill-on-disconnect', id, 'sh', '-c', FAMILY]);
      await family(cli, id);
      await engine.kill9();
      await run.exited;
      await engine.start();
      await nobody(cli, id);
    }),
  );
});
