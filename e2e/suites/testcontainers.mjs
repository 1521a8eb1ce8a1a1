// Testcontainers for Node, as its users write it. Ryuk, which removes what a crashed test left, is switched off.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { runScenarios } from './scenarios.mjs';

async function waitsForALogLine() {
  const box = await new GenericContainer('busybox:latest')
    .withCommand(['sh', '-c', 'sleep 0.2; echo ready to serve; sleep 600'])
    .withWaitStrategy(Wait.forLogMessage('ready to serve'))
    .withStartupTimeout(20_000)
    .start();
  const logs = await box.logs();
  const [line] = await new Promise((resolve) => logs.once('data', (...data) => resolve(data)));
  assert.match(line.toString(), /ready to serve/);
  assert.ok(box.getHost());
  assert.match(box.getName(), /^\/\w/);
  await box.stop();
}

async function executesAndHasSettings() {
  const box = await new GenericContainer('busybox:latest')
    .withCommand(['sleep', '600'])
    .withEnvironment({ COLOUR: 'blue' })
    .withLabels({ suite: 'tc' })
    .withUser('1000:1000')
    .withWorkingDir('/tmp')
    .withTmpFs({ '/scratch': 'rw,size=1m' })
    .withResourcesQuota({ memory: 0.064, cpu: 1 })
    .withUlimits({ nofile: { soft: 77, hard: 80 } })
    .withHostname('tc-box')
    .withWaitStrategy(Wait.forSuccessfulCommand('true'))
    .start();
  const seen = await box.exec(['sh', '-c', 'echo $COLOUR $(id -u) $(pwd) $(ulimit -n) $(hostname); ls -d /scratch']);
  assert.deepEqual([seen.exitCode, seen.stdout], [0, 'blue 1000 /tmp 77 tc-box\n/scratch\n']);
  const failed = await box.exec(['sh', '-c', 'echo bad >&2; exit 9']);
  assert.deepEqual([failed.exitCode, failed.stderr], [9, 'bad\n']);
  const root = await box.exec(['id', '-u'], { user: 'root', workingDir: '/', env: { X: '1' } });
  assert.equal(root.output, '0\n');
  assert.equal(box.getLabels().suite, 'tc');
  await box.stop();
}

async function carriesFiles() {
  const box = await new GenericContainer('busybox:latest')
    .withCommand(['sh', '-c', 'cat /tmp/before; sleep 600'])
    .withCopyContentToContainer([{ content: 'was there before the start\n', target: '/tmp/before' }])
    .withWaitStrategy(Wait.forLogMessage(/before the start/))
    .start();
  await box.copyContentToContainer([{ content: 'later', target: '/tmp/later' }]);
  assert.equal((await box.exec(['cat', '/tmp/later'])).output, 'later');
  assert.match(await text(await box.copyArchiveFromContainer('/tmp/later')), /later/);
  await box.stop();
}

async function waitsForHealth() {
  const box = await new GenericContainer('busybox:latest')
    .withCommand(['sh', '-c', 'sleep 0.3; touch /tmp/up; sleep 600'])
    .withHealthCheck({ test: ['CMD-SHELL', 'test -e /tmp/up'], interval: 200, timeout: 1_000, retries: 30 })
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  await box.stop();
}

async function waitsForTheEnd() {
  const box = await new GenericContainer('busybox:latest')
    .withCommand(['sh', '-c', 'echo done; exit 0'])
    .withWaitStrategy(Wait.forOneShotStartup())
    .start();
  assert.match(await text(await box.logs()), /done/);
  await box.stop();
}

async function restartsAndFails() {
  const box = await new GenericContainer('busybox:latest')
    .withCommand(['sh', '-c', 'echo started; sleep 600'])
    .withWaitStrategy(Wait.forLogMessage('started'))
    .start();
  await box.restart();
  assert.equal((await box.exec('true')).exitCode, 0);
  await box.stop({ timeout: 0, remove: true });
  const never = new GenericContainer('busybox:latest')
    .withCommand(['sleep', '600'])
    .withWaitStrategy(Wait.forLogMessage('never said'))
    .withStartupTimeout(300);
  await assert.rejects(never.start(), /not received/);
}

const scenarios = [waitsForALogLine, executesAndHasSettings, carriesFiles, waitsForHealth, waitsForTheEnd, restartsAndFails];
const client = await getContainerRuntimeClient();
await runScenarios(scenarios, async () => {});
// What a failed start leaves is Ryuk's to remove, and there is none.
for (const { Id } of await client.container.list()) await client.container.getById(Id).remove({ force: true });
