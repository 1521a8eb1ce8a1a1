import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { engineKind, eventually, runCommand, TestEngine } from '@wharf/testkit';
import { provideImages } from './support/provide-images.ts';
import { suite } from './support/suite.ts';

const COUNT = 'i=0; while [ $i -lt $0 ]; do echo n$i; i=$((i+1)); done';
const MIB = 1 << 20;

const numbered = (text: string) => text.split('\n').filter(Boolean);
/** Whether the lines are the numbers up to `last`, without a gap. */
const areConsecutive = (lines: readonly string[], last: number) =>
  lines.every((line, at) => line === `n${last + 1 - lines.length + at}`);

const memoryOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

suite('logs', {}, ({ both, once, ours }) => {
  both('--details and attributes on disk: labels, variables, expressions, tag', async ({ cli }) => {
    const options = { labels: 'tier,none', 'labels-regex': '^com', env: 'A', 'env-regex': '^REG', tag: '{{.Name}}!' };
    const flags = Object.entries(options).flatMap(([name, value]) => ['--log-opt', `${name}=${value}`]);
    const name = `details-${cli.name}`;
    const wishes = ['--label', 'tier=a b', '--label', 'com.x=1', '-e', 'A=1', '-e', 'REGION=eu', '-e', 'B=2'];
    await cli.ok(['run', '--name', name, ...flags, ...wishes, 'busybox', 'echo', 'hi']);
    assert.equal(await cli.ok(['logs', '--details', name]), `A=1,REGION=eu,com.x=1,tag=${name}%21,tier=a+b hi`);
    assert.match(await cli.ok(['logs', '-t', '--details', name]), /^2\d{3}-\S+Z A=1,\S+ hi$/);
    const entry = readFileSync(await cli.ok(['inspect', '-f', '{{.LogPath}}', name]), 'utf8');
    const { log, stream, attrs } = JSON.parse(entry) as Record<string, unknown>;
    assert.deepEqual([log, stream], ['hi\n', 'stdout']);
    assert.deepEqual(attrs, { tier: 'a b', 'com.x': '1', A: '1', REGION: 'eu', tag: `${name}!` });
    await cli.ok(['rm', name]);
  });

  both('since and until, given as times and as durations', async ({ cli }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', 'for i in 1 2 3 4; do echo $i; sleep 0.3; done']);
    await cli.ok(['wait', id]);
    const stamps = (await cli.ok(['logs', '-t', id])).split('\n').map((line) => line.split(' ')[0] ?? '');
    assert.equal(await cli.ok(['logs', '--since', stamps[1] ?? '', '--until', stamps[2] ?? '', id]), '2\n3');
    assert.equal(await cli.ok(['logs', '--since', '10m', '--tail', '1', id]), '4');
    assert.equal(await cli.ok(['logs', '--until', '10m', id]), '');
    await cli.ok(['rm', id]);
  });

  both('long lines, odd characters and both streams come back as they were', async ({ cli }) => {
    const long = 'head -c 50000 /dev/zero | tr "\\0" a; echo';
    const odd = "printf 'quote \" back \\\\ tab \\t esc \\033[1m nul \\000 <&> ä € 😀\\r\\n'";
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', `${long}; ${odd}; echo error >&2; printf end`]);
    await cli.ok(['wait', id]);
    const { stdout, stderr } = await cli.run(['logs', id]);
    assert.equal(stderr, 'error\n');
    assert.equal(stdout, `${'a'.repeat(50_000)}\nquote " back \\ tab \t esc \u001b[1m nul \0 <&> ä € 😀\r\nend`);
    await cli.ok(['rm', id]);
  });

  once('rotated and compressed files: all, the tail into them, in order', async ({ cli }) => {
    const flags = ['--log-opt', 'max-size=100k', '--log-opt', 'max-file=4', '--log-opt', 'compress=true'];
    const id = await cli.ok(['run', '-d', ...flags, 'busybox', 'sh', '-c', COUNT, '12000']);
    await cli.ok(['wait', id]);
    const path = await cli.ok(['inspect', '-f', '{{.LogPath}}', id]);
    await eventually(
      () => existsSync(`${path}.3.gz`) && !readdirSync(dirname(path)).some((name) => name.endsWith('.packing')),
    );
    assert.deepEqual([...readFileSync(`${path}.1.gz`).subarray(0, 2)], [0x1f, 0x8b]);
    const lines = numbered(await cli.ok(['logs', id]));
    assert.ok(lines.length > 3000 && areConsecutive(lines, 11_999));
    const tail = numbered(await cli.ok(['logs', '--tail', '3000', id]));
    assert.ok(tail.length === 3000 && areConsecutive(tail, 11_999));
    await cli.ok(['rm', id]);
  });

  // Docker's own following loses its place when a file is rotated away under it.
  ours('following goes on over many rotations', async ({ cli }) => {
    const flags = ['--log-opt', 'max-size=25k', '--log-opt', 'max-file=3'];
    const script =
      'i=0; while [ $i -lt 3000 ]; do echo n$i; i=$((i+1)); [ $((i%50)) = 0 ] && sleep 0.02; done; sleep 0.3';
    const id = await cli.ok(['run', '-d', ...flags, 'busybox', 'sh', '-c', script]);
    const followed = numbered((await cli.run(['logs', '-f', id])).stdout);
    assert.ok(followed.length === 3000 && areConsecutive(followed, 2999), String(followed.length));
    await cli.ok(['rm', id]);
  });

  both('the local driver: bounded, readable, no file for others', async ({ cli }) => {
    const flags = ['--log-driver', 'local', '--log-opt', 'max-size=100k'];
    const id = await cli.ok(['run', '-d', ...flags, 'busybox', 'sh', '-c', COUNT, '3000']);
    await cli.ok(['wait', id]);
    assert.equal(await cli.ok(['inspect', '-f', '{{.LogPath}}', id]), '');
    const lines = numbered(await cli.ok(['logs', id]));
    assert.ok(lines.length === 3000 && areConsecutive(lines, 2999));
    await cli.ok(['rm', id]);
  });

  ours('a log file that is removed harms nobody', async ({ cli }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', 'echo one; while sleep 0.05; do echo more; done']);
    const path = await cli.ok(['inspect', '-f', '{{.LogPath}}', id]);
    await eventually(() => existsSync(path));
    rmSync(path);
    assert.equal(await cli.ok(['logs', id]), '');
    assert.equal(await cli.ok(['inspect', '-f', '{{.State.Status}}', id]), 'running');
    await cli.ok(['restart', '-t', '0', id]);
    await eventually(async () => (await cli.ok(['logs', id])).startsWith('one\n'));
    await cli.ok(['rm', '-f', id]);
  });

  ours('a client that stops reading costs little memory, and others read on', async ({ cli, engine }) => {
    const script = `yes ${'z'.repeat(99)} | head -n 300000`;
    const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', script]);
    await cli.ok(['wait', id]);
    const before = memoryOf(engine.pid);
    const idle = Array.from({ length: 8 }, () => {
      const socket = connect({ path: engine.places.socket }).pause();
      socket.write(`GET /containers/${id}/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: d\r\n\r\n`);
      return socket;
    });
    assert.equal(numbered(await cli.ok(['logs', '--tail', '5', id])).length, 5);
    const whole = await cli.run(['logs', id]);
    assert.equal(whole.stdout.length, 30_000_000);
    const grown = memoryOf(engine.pid) - before;
    for (const socket of idle) socket.destroy();
    assert.ok(grown < 60 * MIB, `grown by ${Math.round(grown / MIB)} MiB for 8 clients of 30 MB each`);
    await cli.ok(['rm', id]);
  });
});

describe('a full disk under the logs', { timeout: 60_000, skip: engineKind() === 'dockerd' }, () => {
  const small = mkdtempSync('/dev/shm/wharf-small-log-');
  after(async () => {
    await runCommand(['umount', '-l', small], { env: { PATH: process.env['PATH'] ?? '' } });
    rmSync(small, { recursive: true, force: true });
  });

  test('the container and the engine go on, the log says what fits, and the engine says why', async () => {
    await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', small], {
      env: { PATH: process.env['PATH'] ?? '' },
    });
    const engine = await TestEngine.start({ dataRoot: join(small, 'data') });
    try {
      await provideImages(engine, ['busybox']);
      const cli = engine.wharf;
      const script = `yes ${'f'.repeat(99)} | head -n 400000; echo done > /dev/shm/mark; while sleep 0.1; do echo alive; done`;
      const id = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', script]);
      const mark = `/proc/${await cli.ok(['inspect', '-f', '{{.State.Pid}}', id])}/root/dev/shm/mark`;
      await eventually(() => existsSync(mark));
      const path = await cli.ok(['inspect', '-f', '{{.LogPath}}', id]);
      assert.ok(statSync(path).size < 24 * MIB);
      assert.equal(await cli.ok(['inspect', '-f', '{{.State.Status}}', id]), 'running');
      await eventually(async () => /the disk of the logs is full/.test(await engine.log()));
      assert.match(await cli.ok(['info', '-f', '{{json .Warnings}}']), /disk of the logs is full/);
      // A little room may come back in between.
      assert.match(await cli.ok(['logs', '--tail', '1', id]), /^(f{99}|alive)$/);
      assert.equal(await cli.ok(['rm', '-f', id]), id);
    } finally {
      const all = await engine.wharf.run(['ps', '-aq']);
      await engine.wharf.run(['rm', '-f', ...all.stdout.split('\n').filter(Boolean)]);
      await engine.stop();
    }
  });
});
