// Work with containers through dockerode, as its users write it. Every function is one scenario.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { runScenarios } from './scenarios.mjs';

const docker = new Docker();

async function pull(name) {
  const stream = await docker.pull(name);
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (error, lines) => (error ? reject(error) : resolve(lines)));
  });
}

async function sleeper(more = {}) {
  const box = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '600'], ...more });
  await box.start();
  return box;
}

/** Both outputs of a multiplexed stream, until it ends. */
async function outputs(stream) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, out, err);
  const texts = Promise.all([text(out), text(err)]);
  await once(stream, 'end');
  out.end();
  err.end();
  return texts;
}

async function pullsAndTells() {
  const lines = await pull('busybox:latest');
  assert.match(lines.at(-1).status, /^Status: /);
  assert.equal((await docker.ping()).toString(), 'OK');
  assert.equal((await docker.version()).Os, 'linux');
  assert.ok((await docker.info()).NCPU > 0);
  assert.ok((await docker.listImages()).some(({ RepoTags }) => RepoTags.includes('busybox:latest')));
  assert.deepEqual((await docker.listNetworks()).map(({ Name }) => Name).sort(), ['bridge', 'host', 'none']);
  assert.equal((await docker.getNetwork('bridge').inspect()).Driver, 'bridge');
  assert.ok(await docker.df());
}

async function runsToTheEnd() {
  const out = new PassThrough();
  const said = text(out);
  const [{ StatusCode }, box] = await docker.run('busybox', ['sh', '-c', 'echo out; exit 7'], out, { Tty: true });
  assert.equal(StatusCode, 7);
  assert.equal(await said, 'out\r\n');
  await box.remove();
  await assert.rejects(docker.createContainer({ Image: 'no-such-image' }), { statusCode: 404 });
  await assert.rejects(docker.getContainer('nothing').inspect(), { statusCode: 404, reason: 'no such container' });
}

async function livesAndIsSeen() {
  const box = await sleeper({ name: 'rode', Labels: { suite: 'rode' } });
  await assert.rejects(docker.createContainer({ name: 'rode', Image: 'busybox' }), { statusCode: 409 });
  await assert.rejects(box.start(), { statusCode: 304 });
  const [listed] = await docker.listContainers({ filters: { label: ['suite=rode'] } });
  assert.deepEqual([listed.Names, listed.State], [['/rode'], 'running']);
  assert.match((await box.top({ ps_args: '-ef' })).Processes[0].join(' '), /sleep 600/);
  await box.pause();
  assert.equal((await box.inspect()).State.Paused, true);
  await box.unpause();
  await box.rename({ name: 'rode2' });
  await box.update({ Memory: 64 << 20, MemorySwap: 64 << 20 });
  const stats = await box.stats({ stream: false });
  assert.equal(stats.memory_stats.limit, 64 << 20);
  const stream = await box.stats({ stream: true });
  const [first] = await once(stream, 'data');
  assert.equal(JSON.parse(first).name, '/rode2');
  stream.destroy();
  await box.restart({ t: 0 });
  const end = box.wait();
  await box.kill({ signal: 'SIGKILL' });
  assert.equal((await end).StatusCode, 137);
  await box.remove({ force: true });
}

async function attachesWithInput() {
  const box = await docker.createContainer({
    Image: 'busybox',
    Cmd: ['sh', '-c', 'while read line; do echo "<$line>"; done; echo end >&2'],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await box.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  const said = outputs(stream);
  await box.start();
  stream.write('one\n');
  stream.end('two\n');
  assert.deepEqual(await said, ['<one>\n<two>\n', 'end\n']);
  assert.equal((await box.wait()).StatusCode, 0);
  await box.remove();
}

async function executes() {
  const box = await sleeper();
  const command = await box.exec({ Cmd: ['sh', '-c', 'cat; echo no >&2; exit 3'], AttachStdin: true, AttachStdout: true, AttachStderr: true });
  const stream = await command.start({ hijack: true, stdin: true });
  const said = outputs(stream);
  stream.end('input');
  assert.deepEqual(await said, ['input', 'no\n']);
  const { ExitCode, Running } = await command.inspect();
  assert.deepEqual([ExitCode, Running], [3, false]);
  const terminal = await box.exec({ Cmd: ['sh', '-c', 'stty size'], AttachStdout: true, Tty: true, ConsoleSize: [33, 99] });
  assert.equal((await text(await terminal.start({ Tty: true }))).trim(), '33 99');
  await box.remove({ force: true });
}

async function followsLogs() {
  const script = 'echo first; sleep 0.3; echo second; echo bad >&2';
  const box = await docker.createContainer({ Image: 'busybox', Cmd: ['sh', '-c', script] });
  await box.start();
  const stream = await box.logs({ follow: true, stdout: true, stderr: true });
  assert.deepEqual(await outputs(stream), ['first\nsecond\n', 'bad\n']);
  const last = await box.logs({ stdout: true, stderr: true, tail: 1 });
  assert.equal(last.subarray(8).toString(), 'bad\n');
  await box.remove();
}

async function copiesFiles() {
  const box = await sleeper();
  const { default: tar } = await import('tar-fs');
  const archive = tar.pack(import.meta.dirname, { entries: ['scenarios.mjs'] });
  await box.putArchive(archive, { path: '/tmp' });
  const count = await box.exec({ Cmd: ['grep', '-c', 'runScenarios', '/tmp/scenarios.mjs'], AttachStdout: true });
  assert.deepEqual(await outputs(await count.start({})), ['1\n', '']);
  const back = await box.getArchive({ path: '/tmp/scenarios.mjs' });
  assert.match(await text(back), /runScenarios/);
  await box.remove({ force: true });
}

async function hearsEvents() {
  const stream = await docker.getEvents({ filters: { type: ['container'], label: ['suite=ev'] } });
  const seen = [];
  stream.on('data', (chunk) => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) seen.push(JSON.parse(line).Action);
  });
  const box = await sleeper({ Labels: { suite: 'ev' } });
  await box.remove({ force: true });
  for (let tries = 0; tries < 100 && !seen.includes('destroy'); tries += 1) await delay(20);
  stream.destroy();
  assert.deepEqual(seen, ['create', 'start', 'kill', 'die', 'destroy']);
}

async function prunes() {
  const box = await docker.createContainer({ Image: 'busybox', Labels: { prune: 'me' } });
  const { ContainersDeleted } = await docker.pruneContainers({ filters: { label: ['prune=me'] } });
  assert.deepEqual(ContainersDeleted, [box.id]);
  assert.equal((await docker.pruneNetworks()).NetworksDeleted, null);
}

const scenarios = [pullsAndTells, runsToTheEnd, livesAndIsSeen, attachesWithInput, executes, followsLogs, copiesFiles, hearsEvents, prunes];
await runScenarios(scenarios, async () => {
  for (const { Id } of await docker.listContainers({ all: true })) await docker.getContainer(Id).remove({ force: true });
});
