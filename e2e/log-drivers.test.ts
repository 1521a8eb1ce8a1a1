import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { eventually, RunningCommand } from '@wharf/testkit';
import { tcpReceiver, udpReceiver, unpack, unpackAll } from './support/log-receivers.ts';
import { compilePrograms } from './support/programs.spawn.ts';
import { suite } from './support/suite.ts';

const driver = (name: string, options: Readonly<Record<string, string>>) => [
  '--log-driver',
  name,
  ...Object.entries(options).flatMap(([option, value]) => ['--log-opt', `${option}=${value}`]),
];

const COUNT = 'i=0; while [ $i -lt $0 ]; do echo n$i; i=$((i+1)); done';

/** The numbers of lines that end in n0, n1, … */
const numbers = (bytes: Buffer) =>
  [...bytes.toString('latin1').matchAll(/n(\d+)\n/g)].map(([, number]) => Number(number));

interface Event {
  readonly [name: string]: string;
}

suite('log drivers', {}, ({ both, once, ours }) => {
  both('syslog over TCP: format, facility, severity, tag; the log can be read all the same', async ({ cli, t }) => {
    const receiver = await tcpReceiver(t);
    const options = {
      'syslog-address': `tcp://127.0.0.1:${receiver.port}`,
      'syslog-format': 'rfc5424micro',
      'syslog-facility': 'local3',
      tag: '{{.ImageName}}/{{.Name}}/{{.ID}}',
    };
    const name = `syslog-${cli.name}`;
    const script = 'echo out; sleep 0.2; echo err >&2';
    await cli.ok(['run', '--name', name, ...driver('syslog', options), 'busybox', 'sh', '-c', script]);
    const id = (await cli.ok(['inspect', '-f', '{{.Id}}', name])).slice(0, 12);
    const lines = await eventually(() =>
      receiver
        .bytes()
        .toString()
        .match(/^.*\n.*\n$/)?.[0]
        .split('\n'),
    );
    const tag = `busybox/${name}/${id}`;
    const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}(Z|[+-]\\d\\d:\\d\\d)';
    // Facility 19 (local3): 8 × 19 + 6 and + 3.
    assert.match(lines[0] ?? '', new RegExp(`^<158>1 ${time} \\S+ ${tag} \\d+ ${tag} - out$`));
    assert.match(lines[1] ?? '', new RegExp(`^<155>1 ${time} \\S+ ${tag} \\d+ ${tag} - err$`));
    const logs = await cli.run(['logs', name]);
    assert.deepEqual([logs.stdout, logs.stderr], ['out\n', 'err\n']);
    await cli.ok(['rm', name]);
  });

  ours('an engine that is killed again and again neither loses nor doubles a line', async ({ cli, engine, t }) => {
    const receiver = await tcpReceiver(t);
    const options = { 'syslog-address': `tcp://127.0.0.1:${receiver.port}` };
    const count = '120000';
    const id = await cli.ok(['run', '-d', ...driver('syslog', options), 'busybox', 'sh', '-c', COUNT, count]);
    for (let kills = 0; kills < 4; kills += 1) {
      const seen = receiver.bytes().length;
      await eventually(() => receiver.bytes().length > seen || numbers(receiver.bytes()).length === Number(count));
      await engine.kill9();
      await engine.start();
    }
    await cli.ok(['wait', id]);
    await eventually(() => receiver.bytes().toString('latin1', receiver.bytes().length - 7) === 'n119999\n'.slice(-7), {
      within: 20_000,
    });
    const all = numbers(receiver.bytes());
    assert.equal(all.length, Number(count));
    assert.ok(all.every((number, at) => number === at));
    assert.equal((await cli.ok(['logs', '--tail', '1', id])).trim(), 'n119999');
    await cli.ok(['rm', id]);
  });

  both('fluentd: records with attributes, parts of long lines, acknowledged', async ({ cli, t }) => {
    const receiver = await tcpReceiver(t, (all) => {
      const message = unpack(all)?.value as [unknown, unknown, unknown, unknown] | undefined;
      const option = (message?.[3] ?? message?.[2]) as { chunk?: string } | undefined;
      if (!option?.chunk) return undefined;
      return Buffer.concat([
        Buffer.from([0x81, 0xa3]),
        Buffer.from('ack'),
        Buffer.from([0xa0 | option.chunk.length]),
        Buffer.from(option.chunk),
      ]);
    });
    const options = {
      'fluentd-address': `127.0.0.1:${receiver.port}`,
      'fluentd-request-ack': 'true',
      'fluentd-sub-second-precision': 'true',
      tag: 'web.{{.Name}}',
      labels: 'tier',
      'env-regex': '^REG',
    };
    const name = `fluentd-${cli.name}`;
    const wishes = ['--label', 'tier=front', '-e', 'REGION=eu', '-e', 'OTHER=x', '--name', name];
    const script = 'head -c 20000 /dev/zero | tr "\\0" a; echo; echo second';
    await cli.ok(['run', ...wishes, ...driver('fluentd', options), 'busybox', 'sh', '-c', script]);
    const events = await eventually(() => {
      // Either [tag, time, record, option] or [tag, [[time, record], …], option].
      const messages = unpackAll(receiver.bytes()) as [string, unknown, unknown, unknown][];
      const records = messages.flatMap(([tag, second, third]) =>
        Array.isArray(second) ? second.map(([, record]) => [tag, record as Event]) : [[tag, third as Event]],
      ) as [string, Event][];
      return records.length >= 3 && records;
    });
    assert.deepEqual([...new Set(events.map(([tag]) => tag))], [`web.${name}`]);
    const [first, rest, second] = events.map(([, record]) => record);
    assert.deepEqual([first?.['log']?.length, rest?.['log']?.length, second?.['log']], [16_384, 3616, 'second']);
    assert.deepEqual(
      [first, rest].map((part) => [part?.['partial_message'], part?.['partial_ordinal'], part?.['partial_last']]),
      [
        ['true', '1', 'false'],
        ['true', '2', 'true'],
      ],
    );
    assert.equal(first?.['partial_id'], rest?.['partial_id']);
    assert.deepEqual(
      ['container_name', 'source', 'tier', 'REGION', 'OTHER'].map((field) => second?.[field]),
      [`/${name}`, 'stdout', 'front', 'eu', undefined],
    );
    await cli.ok(['rm', name]);
  });

  both('gelf: compressed over UDP, framed by zeros over TCP', async ({ cli, t }) => {
    const udp = await udpReceiver(t);
    const tcp = await tcpReceiver(t);
    const run = async (address: string) => {
      const options = driver('gelf', { 'gelf-address': address, labels: 'tier' });
      await cli.ok(['run', '--rm', '--label', 'tier=back', ...options, 'busybox', 'sh', '-c', 'echo to gelf >&2']);
    };
    await run(`udp://127.0.0.1:${udp.port}`);
    await run(`tcp://127.0.0.1:${tcp.port}`);
    const datagram = await eventually(() => udp.datagrams()[0]);
    const framed = await eventually(() => tcp.bytes().length > 0 && tcp.bytes());
    assert.equal(framed.at(-1), 0);
    for (const text of [gunzipSync(datagram), framed.subarray(0, -1)]) {
      const message = JSON.parse(text.toString()) as Record<string, unknown>;
      const { version, short_message, level, _tier, _image_name } = message;
      assert.deepEqual([version, short_message, level, _tier, _image_name], ['1.1', 'to gelf', 3, 'back', 'busybox']);
      assert.equal(message['_tag'], String(message['_container_id']).slice(0, 12));
    }
  });

  ours('syslog to a socket of this machine, one datagram a line', async ({ cli, t }) => {
    const directory = mkdtempSync('/dev/shm/wharf-datagrams-');
    const program = join(directory, 'datagrams');
    writeFileSync(program, compilePrograms(['datagrams']).get('datagrams') ?? '', { mode: 0o755 });
    const receiver = new RunningCommand([program, join(directory, 'log')], { env: {} });
    t.after(async () => {
      receiver.kill('SIGKILL');
      await receiver.exited;
      rmSync(directory, { recursive: true });
    });
    await receiver.waitForOutput('ready');
    const options = driver('syslog', { 'syslog-address': `unixgram://${directory}/log`, tag: 'x' });
    await cli.ok(['run', '--rm', ...options, 'busybox', 'sh', '-c', 'echo one; echo two']);
    await receiver.waitForOutput('two\n---');
    assert.match(receiver.stdout, /<30>\w{3} [ \d]\d [\d:]{8} x\[\d+\]: one\n---\n<30>.* x\[\d+\]: two\n---\n$/);
  });

  ours('a receiver that hangs holds up its container only; afterwards no line is missing', async ({ cli, t }) => {
    const receiver = await tcpReceiver(t);
    receiver.pause();
    const address = `tcp://127.0.0.1:${receiver.port}`;
    const options = driver('syslog', { 'syslog-address': address, 'cache-max-size': '4m', 'cache-max-file': '5' });
    const line = 'x'.repeat(200);
    const script = `yes ${line} | head -n 150000 | awk '{ print $0 "n" NR-1 }'`;
    const id = await cli.ok(['run', '-d', ...options, 'busybox', 'sh', '-c', script]);
    let before = '';
    await eventually(
      async () => {
        const last = await cli.ok(['logs', '--tail', '1', id]);
        const still = last !== '' && last === before;
        before = last;
        return still;
      },
      { every: 500 },
    );
    assert.equal(await cli.ok(['inspect', '-f', '{{.State.Status}}', id]), 'running');
    assert.equal(await cli.ok(['run', '--rm', 'busybox', 'echo', 'others go on']), 'others go on');
    receiver.resume();
    await cli.ok(['wait', id]);
    await eventually(
      () =>
        receiver
          .bytes()
          .toString('latin1', receiver.bytes().length - 8)
          .endsWith('n149999\n'),
      {
        within: 30_000,
      },
    );
    const all = numbers(receiver.bytes());
    assert.equal(all.length, 150_000);
    assert.ok(all.every((number, at) => number === at));
    await cli.ok(['rm', id]);
  });

  ours('in non-blocking mode the oldest lines are dropped, and how many is said', async ({ cli, engine, t }) => {
    const receiver = await tcpReceiver(t);
    receiver.pause();
    const address = `tcp://127.0.0.1:${receiver.port}`;
    const options = driver('syslog', { 'syslog-address': address, mode: 'non-blocking', 'max-buffer-size': '100k' });
    const script = `yes ${'y'.repeat(200)} | head -n 100000 | awk '{ print $0 "n" NR-1 }'`;
    const id = await cli.ok(['run', '-d', ...options, 'busybox', 'sh', '-c', script]);
    assert.equal(await cli.ok(['wait', id]), '0');
    receiver.resume();
    await eventually(() =>
      receiver
        .bytes()
        .toString('latin1', receiver.bytes().length - 8)
        .endsWith('n99999\n'),
    );
    const all = numbers(receiver.bytes());
    assert.ok(
      all.every((number, at) => at === 0 || number > (all[at - 1] ?? 0)),
      'in order, none twice',
    );
    const dropped = [...(await engine.log()).matchAll(/oldest lines were dropped.*"lines":(\d+)/g)];
    const lines = dropped.reduce((sum, [, count]) => sum + Number(count), 0);
    assert.equal(all.length + lines, 100_000);
    await cli.ok(['rm', id]);
  });

  both('a container is not started without a receiver, unless its driver may connect later', async ({ cli }) => {
    for (const [name, options] of [
      ['syslog', { 'syslog-address': 'tcp://127.0.0.1:1' }],
      ['fluentd', { 'fluentd-address': '127.0.0.1:1' }],
      ['gelf', { 'gelf-address': 'tcp://127.0.0.1:1' }],
    ] as const) {
      const { code, stderr } = await cli.run(['run', '--rm', ...driver(name, options), 'busybox', 'true']);
      assert.equal(code, 125, name);
      assert.match(
        stderr,
        /failed to initialize logging driver: .*dial tcp 127\.0\.0\.1:1: connect: connection refused/,
      );
    }
    const bad = await cli.run(['run', '--rm', ...driver('json-file', { tag: '{{.Foo}}' }), 'busybox', 'true']);
    assert.equal(bad.code, 125);
    assert.match(
      bad.stderr,
      /failed to initialize logging driver: template: log-tag:1:2: .* field Foo in type \*logger\.Info/,
    );
    const later = driver('fluentd', { 'fluentd-address': '127.0.0.1:1', 'fluentd-async': 'true' });
    const id = await cli.ok(['run', '-d', ...later, 'busybox', 'echo', 'kept']);
    await cli.ok(['wait', id]);
    assert.equal(await cli.ok(['logs', id]), 'kept');
    await cli.ok(['rm', id]);
  });

  both('options that cannot be are refused in the same words', async ({ cli }) => {
    for (const [name, options, message] of [
      ['json-file', { x: '1' }, "unknown log opt 'x' for json-file log driver"],
      ['local', { tag: 'x' }, "unknown log opt 'tag' for log driver local"],
      ['syslog', { x: '1' }, "unknown log opt 'x' for syslog log driver"],
      ['syslog', { 'syslog-facility': '24' }, 'invalid syslog facility'],
      ['syslog', { 'syslog-format': 'x' }, 'Invalid syslog format'],
      ['syslog', { 'syslog-address': 'unix:///no/such' }, 'stat /no/such: no such file or directory'],
      ['gelf', { 'gelf-address': 'udp://a' }, 'gelf: please provide gelf-address as proto://host:port'],
      ['fluentd', { 'fluentd-async': 'x' }, 'strconv.ParseBool: parsing "x": invalid syntax'],
      ['journald', { x: '1' }, "unknown log opt 'x' for journald log driver"],
      ['json-file', { mode: 'fast' }, 'logger: logging mode not supported: fast'],
      ['nosuch', {}, 'error looking up logging plugin nosuch: plugin "nosuch" not found'],
    ] as const) {
      const { code, stderr } = await cli.run(['create', ...driver(name, options), 'busybox']);
      assert.equal(code, 1, message);
      assert.ok(stderr.includes(`Error response from daemon: ${message}`), stderr);
    }
  });

  once('cache-disabled: the log goes to its receiver only', async ({ cli, t }) => {
    const udp = await udpReceiver(t);
    const options = { 'syslog-address': `udp://127.0.0.1:${udp.port}`, 'cache-disabled': 'true' };
    const id = await cli.ok(['run', '-d', ...driver('syslog', options), 'busybox', 'echo', 'once']);
    assert.match((await eventually(() => udp.datagrams()[0])).toString(), /: once\n?$/);
    const { code, stderr } = await cli.run(['logs', id]);
    assert.equal(code, 1);
    assert.match(stderr, /configured logging driver does not support reading/);
    await cli.ok(['rm', '-f', id]);
  });
});
