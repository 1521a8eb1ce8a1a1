import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cli, eventually, type TestEngine } from '@wharf/testkit';
import { type State, stateOf } from './support/health.ts';
import { suite } from './support/suite.ts';

const COUNT = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.7; done';
const KINDS: Readonly<Record<string, readonly string[]>> = {
  plain: ['busybox', 'sh', '-c', COUNT],
  tty: ['-it', 'busybox', 'cat'],
  input: ['-i', 'busybox', 'cat'],
  checked: ['--health-cmd', 'true', '--health-interval', '1s', 'busybox', 'sh', '-c', COUNT],
  policy: ['--restart', 'always', 'busybox', 'sh', '-c', COUNT],
  paused: ['busybox', 'sh', '-c', COUNT],
  limited: ['-m', '32m', '--pids-limit', '20', '--cpus', '0.5', 'busybox', 'sh', '-c', COUNT],
  timed: ['--timeout', '10m', '--init', 'busybox', 'sh', '-c', COUNT],
  hosted: ['--network', 'host', '--pid', 'host', 'busybox', 'sh', '-c', COUNT],
  bare: ['--network', 'none', '--read-only', '--cap-drop', 'ALL', 'busybox', 'sh', '-c', COUNT],
};
const EACH = 5;

interface Made {
  readonly kind: string;
  readonly id: string;
  readonly state: State;
}

async function makeAll(cli: Cli, engine: TestEngine): Promise<Made[]> {
  const wanted = Object.entries(KINDS).flatMap(([kind, args]) => Array.from({ length: EACH }, () => ({ kind, args })));
  const made: Made[] = [];
  const worker = async () => {
    for (let next = wanted.pop(); next; next = wanted.pop()) {
      const id = await cli.ok(['run', '-d', ...next.args]);
      if (next.kind === 'paused') await cli.ok(['pause', id]);
      made.push({ kind: next.kind, id, state: await stateOf(engine, id) });
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return made;
}

function numbers(text: string): number[] {
  return text.split('\n').filter(Boolean).map(Number);
}

/** Ends the process that holds a container's streams. */
function killMonitor(pid: number): void {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  process.kill(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), 'SIGKILL');
}

suite('live restore', {}, ({ ours }) => {
  ours(
    'an engine killed under 50 containers loses none, and all of them can be used again',
    async ({ cli, engine }) => {
      const all = await makeAll(cli, engine);
      assert.equal(all.length, 50);
      const of = (kind: string) => all.filter((one) => one.kind === kind).map(({ id }) => id);
      const followers = of('plain').map((id) => cli.start(['logs', '-f', id]));
      await Promise.all(followers.map((follower) => follower.waitForOutput('3\n')));
      await engine.kill9();
      await Promise.all(followers.map((follower) => follower.exited));
      await engine.start();

      for (const { id, kind, state } of all) {
        const { Status, Pid, StartedAt } = await stateOf(engine, id);
        assert.deepEqual(
          [Status, Pid, StartedAt],
          [kind === 'paused' ? 'paused' : 'running', state.Pid, state.StartedAt],
          kind,
        );
      }
      const stats = await cli.ok(['stats', '--no-stream', '--format', '{{.ID}} {{.MemUsage}}']);
      assert.equal(stats.split('\n').length, 50);

      for (const id of [...of('tty'), ...of('input')]) {
        const terminal = of('tty').includes(id);
        const attached = terminal
          ? cli.startOnTerminal(['attach', id])
          : cli.start(['attach', id], { keepInputOpen: true });
        attached.write('still there\n');
        await attached.waitForOutput('still there');
        attached.kill('SIGKILL');
        await attached.exited;
      }
      for (const id of of('paused')) await cli.ok(['unpause', id]);
      const counting = all.filter(({ kind }) => !['tty', 'input'].includes(kind));
      for (const { id, kind } of counting) {
        assert.equal(await cli.ok(['exec', id, 'echo', 'inside']), 'inside', kind);
        const seen = numbers(await cli.ok(['logs', id]));
        assert.ok(seen.length > 1);
        assert.deepEqual(
          seen,
          seen.map((_, at) => at + 1),
          `no line of ${kind} is lost or doubled`,
        );
      }
      const [again = ''] = of('plain');
      const follower = cli.start(['logs', '-f', '--tail', '0', again]);
      await follower.waitForOutput('\n');
      follower.kill('SIGKILL');

      const waits = of('policy').map((id) => cli.ok(['wait', id]));
      await delay(50);
      await cli.ok(['stop', '-t', '0', ...of('policy'), ...of('limited'), ...of('timed')]);
      assert.deepEqual(
        await Promise.all(waits),
        Array.from({ length: EACH }, () => '137'),
      );
      await cli.ok(['kill', ...of('plain'), ...of('checked')]);
      await cli.ok(['rm', '-f', ...all.map(({ id }) => id)]);
      assert.equal(await cli.ok(['ps', '-aq']), '');
    },
  );

  ours('how containers ended while the engine was dead is known when it is back', async ({ cli, engine }) => {
    const run = (...args: string[]) => cli.ok(['run', '-d', ...args]);
    const [good, bad, killed, term, starved, orphan, inited] = await Promise.all([
      run('busybox', 'sh', '-c', 'sleep 1; exit 0'),
      run('busybox', 'sh', '-c', 'sleep 1; exit 7'),
      run('busybox', 'sleep', '600'),
      run('busybox', 'sh', '-c', 'trap "exit 33" TERM; while :; do sleep 0.1; done'),
      run('-m', '16m', 'busybox', 'sh', '-c', 'sleep 1; tail /dev/zero; exit 5'),
      run('busybox', 'sleep', '600'),
      run('--init', 'busybox', 'sleep', '600'),
    ]);
    const loop = await run('--restart', 'on-failure:100', 'busybox', 'sh', '-c', 'sleep 0.1; exit 3');
    const last = await run('--restart', 'on-failure:1', 'busybox', 'sh', '-c', 'sleep 0.9; exit 3');
    const always = await run('--restart', 'always', 'busybox', 'sleep', '600');
    const stopped = await run('--restart', 'unless-stopped', 'busybox', 'sleep', '600');
    await cli.ok(['stop', '-t', '0', stopped]);
    const countOf = async (id: string) =>
      ((await engine.api('GET', `/containers/${id}/json`)).json as { RestartCount: number }).RestartCount;
    await eventually(async () => (await countOf(loop)) >= 2);
    const pid = async (id: string) => (await stateOf(engine, id)).Pid;
    const pids = await Promise.all([killed, term, orphan, inited, always].map(pid));
    const before = await countOf(loop);
    await engine.kill9();
    const [killedPid = 0, termPid = 0, orphanPid = 0, initPid = 0, alwaysPid = 0] = pids;
    for (const victim of [killedPid, alwaysPid]) process.kill(victim, 'SIGKILL');
    for (const victim of [termPid, initPid]) process.kill(victim, 'SIGTERM');
    killMonitor(orphanPid);
    await delay(1300);
    await engine.start();

    const ends = async (id: string) => {
      const { Status, ExitCode, OOMKilled, Error: text, FinishedAt, StartedAt } = await stateOf(engine, id);
      assert.ok(Date.parse(FinishedAt) >= Date.parse(StartedAt));
      return [Status, ExitCode, OOMKilled, text];
    };
    assert.deepEqual(await ends(good), ['exited', 0, false, '']);
    assert.deepEqual(await ends(bad), ['exited', 7, false, '']);
    assert.deepEqual(await ends(killed), ['exited', 137, false, '']);
    assert.deepEqual(await ends(term), ['exited', 33, false, '']);
    const [, , oom] = await ends(starved);
    assert.equal(oom, true);
    assert.deepEqual((await ends(orphan)).slice(0, 3), ['exited', 137, false]);
    assert.match(String((await ends(orphan))[3]), /monitor of the container was killed/);
    assert.deepEqual(await ends(inited), ['exited', 143, false, '']);
    assert.deepEqual((await ends(stopped)).slice(0, 2), ['exited', 137]);

    await eventually(async () => (await stateOf(engine, always)).Status === 'running');
    assert.equal(await countOf(always), 1);
    await eventually(async () => (await countOf(loop)) > before);
    assert.ok((await countOf(loop)) <= before + 3, 'the count goes on where it was');
    await eventually(async () => (await stateOf(engine, last)).Status === 'exited' && (await countOf(last)) === 1);
    await cli.ok(['rm', '-f', good, bad, killed, term, starved, orphan, inited, loop, last, always, stopped]);
  });

  ours('a monitor that is killed under a living engine: the end is known, policies go on', async ({ cli, engine }) => {
    const once = await cli.ok(['run', '-d', 'busybox', 'sleep', '600']);
    const again = await cli.ok(['run', '-d', '--restart', 'always', 'busybox', 'sleep', '600']);
    const first = (await stateOf(engine, again)).Pid;
    for (const id of [once, again]) killMonitor((await stateOf(engine, id)).Pid);
    const state = await eventually(async () => {
      const found = await stateOf(engine, once);
      return found.Status === 'exited' ? found : undefined;
    });
    assert.equal(state.ExitCode, 137);
    assert.match(state.Error, /monitor of the container was killed/);
    await eventually(async () => {
      const { Status, Pid, Error: text } = await stateOf(engine, again);
      return Status === 'running' && Pid !== first && text === '';
    });
    await cli.ok(['rm', '-f', once, again]);
  });
});
