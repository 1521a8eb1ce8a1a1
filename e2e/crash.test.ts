import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, type TestEngine, TestRegistry } from '@wharf/testkit';
import { serveImage } from './support/make-image.ts';
import { rawTar } from './support/raw-tar.ts';
import { suite } from './support/suite.ts';

interface State {
  readonly Status: string;
  readonly Running: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
}

async function stateOf(engine: TestEngine, name: string): Promise<State> {
  const { json } = await engine.api('GET', `/containers/${name}/json`);
  return (json as { State: State }).State;
}

/** False for zombies too: not every machine has an init that reaps them. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

async function restartAfterKill(engine: TestEngine): Promise<void> {
  await engine.kill9();
  await engine.start();
}

const COUNT = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done';

suite('crashes', { programs: ['hog'] }, ({ both, once, ours }) => {
  both('a client that is killed leaves its container running', async ({ cli, engine }) => {
    const name = `orphan-${cli.name}`;
    const running = cli.start(['run', '--name', name, 'busybox', 'sh', '-c', COUNT]);
    await running.waitForOutput('3\n');
    running.kill('SIGKILL');
    await running.exited;
    assert.equal((await stateOf(engine, name)).Status, 'running');
    const before = (await cli.ok(['logs', name])).length;
    await eventually(async () => (await cli.ok(['logs', name])).length > before);
    await cli.ok(['rm', '-f', name]);
  });

  both('a client that is killed closes standard input of its container', async ({ cli, engine }) => {
    const name = `input-${cli.name}`;
    const running = cli.start(['run', '-i', '--name', name, 'busybox', 'sh', '-c', 'echo up; cat; echo end; exit 3'], {
      keepInputOpen: true,
    });
    await running.waitForOutput('up');
    running.kill('SIGKILL');
    await running.exited;
    await eventually(async () => (await stateOf(engine, name)).Status === 'exited');
    assert.equal((await stateOf(engine, name)).ExitCode, 3);
    await cli.ok(['rm', name]);
  });

  // The oracle cannot: its containerd dies with it, and needs an init that reaps it.
  ours('containers outlive the engine, and a new one finds them again', async ({ cli, engine }) => {
    const id = await cli.ok(['run', '-d', '--name', 'survivor', 'busybox', 'sh', '-c', `trap "exit 5" TERM; ${COUNT}`]);
    const { Pid } = await stateOf(engine, id);
    await engine.kill9();
    assert.ok(isAlive(Pid), 'the process lives');
    await delay(300);
    await engine.start();
    const found = await stateOf(engine, id);
    assert.deepEqual([found.Status, found.Pid], ['running', Pid]);
    const numbers = (await cli.ok(['logs', id])).split('\n').map(Number);
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => at + 1),
      'no line was lost while nobody listened',
    );
    const attached = cli.start(['attach', '--no-stdin', '--sig-proxy=false', id]);
    await attached.waitForOutput('\n');
    attached.kill('SIGKILL');
    await cli.ok(['stop', id]);
    assert.equal((await stateOf(engine, id)).ExitCode, 5);
    await cli.ok(['rm', id]);
  });

  ours('who is attached misses nothing, also when the monitor gets no time to look', async ({ cli, engine, t }) => {
    const script = 'while [ ! -e /go ]; do sleep 0.05; done; echo tiny; touch /done; exec sleep 100';
    const id = await cli.ok(['run', '-d', '--network', 'none', 'busybox', 'sh', '-c', script]);
    const { Pid } = await stateOf(engine, id);
    const monitor = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${Pid}/status`, 'utf8'))?.[1]);
    const socket = connect(engine.places.socket);
    t.after(() => socket.destroy());
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk;
    });
    process.kill(monitor, 'SIGSTOP');
    try {
      socket.write(`POST /containers/${id}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: x\r\n\r\n`);
      await eventually(() => seen.includes('200 OK'));
      writeFileSync(`/proc/${Pid}/root/go`, '');
      await eventually(() => existsSync(`/proc/${Pid}/root/done`));
    } finally {
      process.kill(monitor, 'SIGCONT');
    }
    await eventually(() => seen.includes('tiny\n'));
    await cli.ok(['rm', '-f', id]);
  });

  ours('what ended while the engine was away is recorded', async ({ cli, engine }) => {
    const plain = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', 'sleep 0.6; echo late; exit 6']);
    const killed = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    const pid = (await stateOf(engine, killed)).Pid;
    await engine.kill9();
    process.kill(pid, 'SIGKILL');
    await delay(900);
    await engine.start();
    const ended = await stateOf(engine, plain);
    assert.deepEqual([ended.Status, ended.ExitCode], ['exited', 6]);
    assert.equal(await cli.ok(['logs', plain]), 'late');
    assert.equal((await stateOf(engine, killed)).ExitCode, 137);
    await cli.ok(['rm', plain, killed]);
  });

  ours('memory kills while the engine was away are recorded, and --rm is made up for', async ({ cli, engine }) => {
    const hog = await cli.ok(['run', '-d', '-m', '64m', 'programs', 'sh', '-c', 'sleep 0.5; exec /t/hog 300']);
    const gone = await cli.ok(['run', '-d', '--rm', 'busybox', 'sleep', '0.5']);
    await engine.kill9();
    await delay(1500);
    await engine.start();
    const { OOMKilled, ExitCode } = await stateOf(engine, hog);
    assert.deepEqual([OOMKilled, ExitCode], [true, 137]);
    await eventually(async () => (await engine.api('GET', `/containers/${gone}/json`)).status === 404);
    await cli.ok(['rm', hog]);
  });

  once(
    'SIGTERM ends the engine cleanly, and created containers, names and images are there again',
    async ({ cli, engine }) => {
      const created = await cli.ok(['create', '--name', 'kept', 'busybox', 'echo', 'kept']);
      assert.equal(await engine.terminate(), 0);
      await engine.start();
      assert.equal(await cli.ok(['inspect', '-f', '{{.Id}}', 'kept']), created);
      assert.equal(await cli.ok(['start', '-a', 'kept']), 'kept');
      await cli.ok(['rm', 'kept']);
    },
  );

  ours('killed at many moments of a start: nothing is lost, nothing is left', async ({ cli, engine }) => {
    for (let at = 0; at < 12; at += 1) {
      const running = engine.docker.start(['run', '--name', `moment-${at}`, 'busybox', 'sleep', '300']);
      await delay(12 + at * 4);
      await restartAfterKill(engine);
      running.kill('SIGKILL');
      await running.exited;
      // What the engine says about the container must be true, and it must be usable.
      const answer = await engine.api('GET', `/containers/moment-${at}/json`);
      if (answer.status === 404) continue;
      const { State } = answer.json as { State: State };
      if (State.Running) assert.ok(readFileSync(`/proc/${State.Pid}/cmdline`, 'utf8').startsWith('sleep'), `at ${at}`);
      else assert.match(State.Status, /^(created|exited)$/, `at ${at}`);
      if (!State.Running) await cli.ok(['start', `moment-${at}`]);
      assert.equal((await stateOf(engine, `moment-${at}`)).Running, true);
      await cli.ok(['rm', '-f', `moment-${at}`]);
    }
  });

  ours('killed at many moments of an end', async ({ cli, engine }) => {
    for (let at = 0; at < 6; at += 1) {
      const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
      const stopping = cli.start(['rm', '-f', id]);
      await delay(10 + at * 5);
      await restartAfterKill(engine);
      await stopping.exited;
      const gone = await engine.api('DELETE', `/containers/${id}?force=1`);
      assert.ok([204, 404].includes(gone.status), gone.text);
      assert.equal((await engine.api('GET', `/containers/${id}/json`)).status, 404);
    }
  });

  ours('killed during a pull: the next pull goes on and leaves nothing behind', async ({ cli, engine }) => {
    const registry = await TestRegistry.start();
    try {
      const layer = await rawTar([{ name: 'file', data: Buffer.alloc(3_000_000, 'abcdefgh') }]);
      const name = serveImage(registry, 'interrupted', 'latest', { layers: [layer] });
      registry.fault = (request, response, content) => {
        if (request.kind !== 'blob' || content === undefined || content.data[0] !== 0x1f) return false;
        response.setHeader('Content-Length', content.data.length);
        response.write(content.data.subarray(0, 1000));
        return true;
      };
      const pulling = cli.start(['pull', name]);
      await eventually(() => registry.requests.some((request) => request.kind === 'blob'));
      await delay(100);
      await restartAfterKill(engine);
      await pulling.exited;
      registry.fault = undefined;
      await cli.ok(['pull', '-q', name]);
      await cli.ok(['rmi', name]);
    } finally {
      await registry.close();
    }
  });

  ours('a monitor that is killed takes its container along, and the engine notices', async ({ cli, engine }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '300']);
    const { Pid } = await stateOf(engine, id);
    const stat = readFileSync(`/proc/${Pid}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    assert.notEqual(parent, engine.pid);
    process.kill(parent, 'SIGKILL');
    await eventually(async () => (await stateOf(engine, id)).Running === false);
    await eventually(() => !isAlive(Pid));
    await cli.ok(['rm', id]);
  });

  once('many clients killed at once leave a working engine', async ({ cli, engine }) => {
    const clients = Array.from({ length: 8 }, () => cli.start(['run', '--rm', 'busybox', 'sleep', '300']));
    await eventually(async () => (await cli.ok(['ps', '-q'])).split('\n').length === 8);
    for (const client of clients) client.kill('SIGKILL');
    await Promise.all(clients.map((client) => client.exited));
    await engine.removeContainers();
    assert.equal(await cli.ok(['run', '--rm', 'busybox', 'echo', 'fine']), 'fine');
  });
});
