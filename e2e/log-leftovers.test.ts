import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@wharf/testkit';
import { freePort } from './support/free-port.ts';
import { tcpReceiver, unpackAll } from './support/log-receivers.ts';
import { suite } from './support/suite.ts';

const fluentd = (options: Readonly<Record<string, string>>) => [
  '--log-driver',
  'fluentd',
  ...Object.entries(options).flatMap(([option, value]) => ['--log-opt', `fluentd-${option}=${value}`]),
];
const COUNT = 'i=0; while [ $i -lt $0 ]; do echo n$i; i=$((i+1)); done';

/** The lines of messages in the order of their coming; chunks that came again are passed over, as receivers with a memory do. */
function linesOf(bytes: Buffer): string[] {
  const seen = new Set<string>();
  return (unpackAll(bytes) as [string, unknown, unknown, unknown][]).flatMap(([, second, third]) => {
    if (!Array.isArray(second)) return [(third as { log: string }).log];
    const { chunk } = third as { chunk: string };
    if (seen.has(chunk)) return [];
    seen.add(chunk);
    return (second as [unknown, { log: string }][]).map(([, { log }]) => log);
  });
}

suite('logs whose receiver or sender goes away', {}, ({ ours }) => {
  ours(
    'the last lines of a removed container are sent by the next engine when the first was killed',
    async ({ cli, engine, t }) => {
      const port = await freePort();
      const options = fluentd({ address: `127.0.0.1:${port}`, async: 'true', 'retry-wait': '100ms' });
      const id = await cli.ok(['run', '-d', '--rm', ...options, 'busybox', 'echo', 'last words']);
      await eventually(async () => (await cli.ok(['ps', '-aq', '--no-trunc'])) === '');
      await engine.kill9();
      const kept = async () => (await readdir(join(engine.places.dataRoot, 'containers'))).includes(id);
      assert.ok(await kept());
      await engine.start();
      const receiver = await tcpReceiver(t, undefined, port);
      assert.deepEqual(await eventually(() => receiver.bytes().length > 0 && linesOf(receiver.bytes())), [
        'last words',
      ]);
      await eventually(async () => !(await kept()));
    },
  );

  ours(
    'a sender that is killed is replaced: no line is missing, and a chunk that comes again is known',
    async ({ cli, engine, t }) => {
      let chunks = 0;
      const receiver = await tcpReceiver(t, (all) => {
        const said = (unpackAll(all) as [unknown, unknown, { chunk: string }][]).map(([, , { chunk }]) => {
          chunks += 1;
          return Buffer.concat([
            Buffer.from([0x81, 0xa3]),
            Buffer.from('ack'),
            Buffer.from([0xa0 | chunk.length]),
            Buffer.from(chunk),
          ]);
        });
        return said.length > 0 ? Buffer.concat(said) : undefined;
      });
      const count = 60_000;
      const options = fluentd({ address: `127.0.0.1:${receiver.port}`, 'request-ack': 'true', 'retry-wait': '100ms' });
      const id = await cli.ok(['run', '-d', ...options, 'busybox', 'sh', '-c', COUNT, String(count)]);
      const sender = () => Number(readFileSync(join(engine.places.execRoot, 'log-sender'), 'utf8').split(' ')[0]);
      for (let kills = 0; kills < 2; kills += 1) {
        const before = chunks;
        await eventually(() => chunks > before + 2);
        const pid = sender();
        process.kill(pid, 'SIGKILL');
        await eventually(() => sender() !== pid);
      }
      const lines = await eventually(
        () => {
          const all = linesOf(receiver.bytes());
          return all.at(-1) === `n${count - 1}` && all;
        },
        { within: 20_000, every: 200 },
      );
      assert.deepEqual(lines.length, count);
      assert.ok(lines.every((line, at) => line === `n${at}`));
      await cli.ok(['rm', id]);
    },
  );

  ours('lines are given up after as many attempts as are allowed, and it is said', async ({ cli, engine, t }) => {
    const port = await freePort();
    const options = fluentd({ address: `127.0.0.1:${port}`, async: 'true', 'retry-wait': '20ms', 'max-retries': '2' });
    const script = 'echo lost; until [ -e /go ]; do sleep 0.05; done; echo taken';
    const id = await cli.ok(['run', '-d', ...options, 'busybox', 'sh', '-c', script]);
    await eventually(async () => /they are given up.*"lines":1/.test(await engine.log()));
    const receiver = await tcpReceiver(t, undefined, port);
    await cli.ok(['exec', id, 'touch', '/go']);
    assert.deepEqual(await eventually(() => receiver.bytes().length > 0 && linesOf(receiver.bytes())), ['taken']);
    assert.equal(await cli.ok(['logs', id]), 'lost\ntaken');
    await cli.ok(['rm', '-f', id]);
  });

  ours('a connection is renewed as often as is asked for, without harm to the lines', async ({ cli, t }) => {
    const receiver = await tcpReceiver(t);
    const wishes = { address: `127.0.0.1:${receiver.port}`, async: 'true', 'async-reconnect-interval': '100ms' };
    const script = 'for i in 0 1 2 3; do echo n$i; sleep 0.15; done';
    await cli.ok(['run', '--rm', ...fluentd(wishes), 'busybox', 'sh', '-c', script]);
    const lines = await eventually(() => receiver.bytes().includes('n3') && linesOf(receiver.bytes()));
    assert.deepEqual(lines, ['n0', 'n1', 'n2', 'n3']);
    assert.ok(receiver.connections() >= 2, `${receiver.connections()} connections`);
  });
});
