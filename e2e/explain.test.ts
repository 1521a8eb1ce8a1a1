import assert from 'node:assert/strict';
import { type Scene, suite } from './support/suite.ts';

interface Step {
  readonly Where: 'client' | 'engine';
  readonly Area: string;
  readonly Text: string;
  readonly Microseconds: number;
}

async function explained(
  cli: Scene['cli'],
  ...args: string[]
): Promise<{ steps: Step[]; stdout: string; code: number | null }> {
  const { stdout, stderr, code } = await cli.run(['run', '--explain=json', ...args]);
  const line = stderr.split('\n').find((each) => each.startsWith('{"Steps":'));
  assert.ok(line, stderr);
  return { steps: (JSON.parse(line) as { Steps: Step[] }).Steps, stdout, code };
}

const areas = (steps: readonly Step[], where: Step['Where']) => [
  ...new Set(steps.filter(({ Where }) => Where === where).map(({ Area }) => Area)),
];

suite('run --explain', {}, ({ ours }) => {
  ours("tells each step with its time on standard error; the output is the program's alone", async ({ cli }) => {
    const { code, stdout, stderr } = await cli.run(['run', '--rm', '--explain', '-m', '64m', 'busybox', 'echo', 'hi']);
    assert.deepEqual([code, stdout], [0, 'hi\n']);
    assert.match(stderr, /^What happens between your command and your program/);
    for (const word of [
      'command',
      'connection',
      'image',
      'layer',
      'record',
      'sandbox',
      'limits',
      'root',
      'mounts',
      'exec',
      'output',
      'total',
    ]) {
      assert.match(stderr, new RegExp(`^ *[\\d.]+ +${word} `, 'm'), stderr);
    }
    for (const type of ['mount', 'uts', 'ipc', 'pid', 'network', 'cgroup']) {
      assert.match(stderr, new RegExp(`namespace +${type} namespace \\[\\d+\\], new`));
    }
    assert.match(stderr, /memory/);
  });

  ours('as JSON: the namespaces are those of the process, the times are those of the engine', async ({ cli }) => {
    const script = 'for n in mnt uts ipc pid net; do readlink /proc/self/ns/$n; done; cat /proc/self/mountinfo | wc -l';
    const { steps, stdout, code } = await explained(cli, '--rm', 'busybox', 'sh', '-c', script);
    assert.equal(code, 0);
    for (const number of stdout.match(/\[\d+\]/g) ?? []) {
      assert.ok(
        steps.some(({ Area, Text }) => Area === 'namespace' && Text.includes(number)),
        number,
      );
    }
    assert.deepEqual(areas(steps, 'engine'), [
      ...['image', 'configuration', 'layer', 'record', 'sandbox', 'namespace', 'network', 'plan', 'attach'],
      ...areas(steps, 'engine').slice(9),
    ]);
    assert.ok(areas(steps, 'engine').includes('security'));
    const sum = steps.filter(({ Where }) => Where === 'engine').reduce((total, step) => total + step.Microseconds, 0);
    const total = steps.find(({ Area }) => Area === 'total')?.Microseconds ?? 0;
    assert.ok(sum > 0 && sum < total, `${sum} of ${total}`);
  });

  ours('of what is fetched, shared, detached, and of what fails', async ({ cli }) => {
    const fetched = await explained(cli, '-d', '--network', 'host', 'hello-world');
    assert.ok(areas(fetched.steps, 'client').includes('pull'));
    assert.ok(fetched.steps.some(({ Text }) => /^Layer [0-9a-f]{12}: .*unpacked after [\d.]+ ms\.$/.test(Text)));
    assert.ok(fetched.steps.every(({ Text }) => !Text.includes('network namespace')));
    assert.match(fetched.stdout, /^[0-9a-f]{64}\n$/);
    const failed = await explained(cli, '--rm', 'busybox', 'no-such-program');
    assert.equal(failed.code, 127);
    assert.ok(!areas(failed.steps, 'client').includes('total'));
    const bad = await cli.run(['run', '--explain=xml', 'busybox']);
    assert.deepEqual([bad.code], [125]);
    assert.match(bad.stderr, /must be text or json/);
    await cli.ok(['rm', fetched.stdout.trim()]);
  });

  ours('an answer has nothing of it when nobody asks', async ({ cli, engine }) => {
    const made = await engine.api('POST', '/containers/create', { Image: 'busybox', Cmd: ['true'] });
    assert.deepEqual(Object.keys(made.json as object), ['Id', 'Warnings']);
    const { Id } = made.json as { Id: string };
    assert.equal((await engine.api('POST', `/containers/${Id}/start`)).status, 204);
    await cli.ok(['wait', Id]);
    await cli.ok(['rm', Id]);
  });
});
