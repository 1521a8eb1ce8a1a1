import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@wharf/testkit';
import { outputOf, type RuntimeDriver } from './runtime-driver.ts';
import { cgroupDirectories, type Workshop } from './workshop.ts';

/** One behaviour of a runtime's commands. */
export interface Scenario {
  readonly name: string;
  /** Programs that it calls. */
  readonly needs?: readonly string[];
  check(runtime: RuntimeDriver, shop: Workshop): Promise<void>;
}

const LOOP = 'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done';

async function created(runtime: RuntimeDriver, shop: Workshop, script = LOOP) {
  const bundle = shop.bundle(script, (config) => {
    config.annotations = { colour: 'blue' };
  });
  const { code } = await runtime.create(bundle);
  assert.equal(code, 0, existsSync(bundle.path) ? readFileSync(join(bundle.path, 'errors'), 'utf8') : '');
  return bundle;
}

async function running(runtime: RuntimeDriver, shop: Workshop) {
  const bundle = await created(runtime, shop);
  assert.equal((await runtime.call('start', bundle.id)).code, 0);
  await eventually(async () => outputOf(bundle) === 'up\n');
  return bundle;
}

async function removed(runtime: RuntimeDriver, id: string): Promise<void> {
  assert.equal((await runtime.call('delete', '--force', id)).code, 0);
  assert.equal(await runtime.state(id), undefined);
}

export const LIFECYCLE: readonly Scenario[] = [
  {
    name: 'created, running, stopped, gone: the state at each',
    check: async (runtime, shop) => {
      const bundle = await created(runtime, shop, 'echo ran');
      const state = await runtime.state(bundle.id);
      assert.match(state?.ociVersion ?? '', /^1\.\d/);
      assert.deepEqual([state?.id, state?.status, state?.bundle], [bundle.id, 'created', bundle.path]);
      assert.equal(state?.annotations?.['colour'], 'blue');
      assert.equal(readFileSync(join(bundle.path, 'pid'), 'utf8'), String(state?.pid));
      assert.equal(outputOf(bundle), '');
      assert.equal((await runtime.call('start', bundle.id)).code, 0);
      await runtime.becomes(bundle.id, 'stopped');
      assert.equal(outputOf(bundle), 'ran\n');
      assert.notEqual((await runtime.call('start', bundle.id)).code, 0);
      assert.equal((await runtime.call('delete', bundle.id)).code, 0);
      assert.equal(await runtime.state(bundle.id), undefined);
      assert.notEqual((await runtime.call('delete', bundle.id)).code, 0);
      assert.deepEqual(cgroupDirectories(`${shop.cgroup}/${bundle.id}`), []);
    },
  },
  {
    name: 'a signal reaches the process; one that has ended takes none',
    check: async (runtime, shop) => {
      const { id } = await running(runtime, shop);
      assert.equal((await runtime.state(id))?.status, 'running');
      assert.equal((await runtime.call('kill', id, 'TERM')).code, 0);
      await runtime.becomes(id, 'stopped');
      assert.notEqual((await runtime.call('kill', id, 'KILL')).code, 0);
      await removed(runtime, id);
    },
  },
  {
    name: 'a created container can be killed and deleted without ever having run',
    check: async (runtime, shop) => {
      const bundle = await created(runtime, shop, 'echo never');
      assert.equal((await runtime.call('kill', bundle.id, '9')).code, 0);
      await runtime.becomes(bundle.id, 'stopped');
      assert.equal((await runtime.call('delete', bundle.id)).code, 0);
      assert.equal(outputOf(bundle), '');
    },
  },
  {
    name: 'what runs is deleted by force only; its ID is taken until then',
    check: async (runtime, shop) => {
      const bundle = await running(runtime, shop);
      assert.notEqual((await runtime.call('start', bundle.id)).code, 0);
      assert.notEqual((await runtime.create(bundle)).code, 0);
      assert.notEqual((await runtime.call('delete', bundle.id)).code, 0);
      assert.equal((await runtime.state(bundle.id))?.status, 'running');
      await removed(runtime, bundle.id);
      assert.equal((await runtime.call('delete', '--force', 'no-such-container')).code, 0);
    },
  },
  {
    name: 'a command that is not there fails the create and leaves nothing',
    check: async (runtime, shop) => {
      const bundle = shop.bundle('', (config) => {
        config.process.args = ['no-such-command'];
      });
      assert.notEqual((await runtime.create(bundle)).code, 0);
      const said = readFileSync(join(bundle.path, 'errors'), 'utf8');
      assert.match(said, /no-such-command.*not found/);
      assert.equal(await runtime.state(bundle.id), undefined);
      assert.deepEqual(cgroupDirectories(`${shop.cgroup}/${bundle.id}`), []);
    },
  },
  {
    name: 'a bundle without, or with a broken, config.json',
    check: async (runtime, shop) => {
      const bundle = shop.bundle('');
      writeFileSync(join(bundle.path, 'config.json'), '{"ociVersion": "1.0.2", ');
      assert.notEqual((await runtime.create(bundle)).code, 0);
      assert.notEqual((await runtime.create({ id: 'nowhere', path: shop.directory })).code, 0);
      assert.equal(await runtime.state('nowhere'), undefined);
    },
  },
  {
    name: 'further processes: output, exit code, namespaces, user',
    check: async (runtime, shop) => {
      const { id, path } = await running(runtime, shop);
      const inside = await runtime.call('exec', id, 'sh', '-c', 'hostname; readlink /proc/self/ns/pid; exit 5');
      const pid = (await runtime.call('exec', id, 'readlink', '/proc/1/ns/pid')).stdout;
      assert.deepEqual([inside.code, inside.stdout], [5, `conformance\n${pid}`]);
      assert.notEqual((await runtime.call('exec', id, 'no-such-command')).code, 0);
      const asked = await runtime.call(
        'exec',
        '--cwd',
        '/tmp',
        '-e',
        'A=b',
        '-u',
        '12:34',
        id,
        '/bin/sh',
        '-c',
        'pwd; echo $A; id -u; id -g',
      );
      assert.equal(asked.stdout, '/tmp\nb\n12\n34\n', asked.stderr);
      const file = join(path, 'process.json');
      const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as { process: object };
      writeFileSync(file, JSON.stringify({ ...config.process, args: ['sh', '-c', 'echo by file'] }));
      assert.equal((await runtime.call('exec', '--process', file, id)).stdout, 'by file\n');
      await removed(runtime, id);
    },
  },
  {
    name: 'a further process that is detached is the caller’s to wait for',
    check: async (runtime, shop) => {
      const { id, path } = await running(runtime, shop);
      const file = join(path, 'exec-pid');
      const quiet = ['sh', '-c', 'exec sleep 30 >/dev/null 2>&1'];
      const { code } = await runtime.call('exec', '--detach', '--pid-file', file, id, ...quiet);
      assert.equal(code, 0);
      assert.equal(existsSync(`/proc/${readFileSync(file, 'utf8')}`), true);
      await removed(runtime, id);
    },
  },
  {
    name: 'paused and resumed',
    check: async (runtime, shop) => {
      const { id } = await running(runtime, shop);
      assert.equal((await runtime.call('pause', id)).code, 0);
      assert.equal((await runtime.state(id))?.status, 'paused');
      assert.notEqual((await runtime.call('exec', id, 'true')).code, 0);
      assert.equal((await runtime.call('resume', id)).code, 0);
      assert.equal((await runtime.state(id))?.status, 'running');
      await removed(runtime, id);
    },
  },
  {
    name: 'limits change while it runs; its processes are listed',
    check: async (runtime, shop) => {
      const { id } = await running(runtime, shop);
      const { code, stderr } = await runtime.call('update', '--memory', '67108864', '--pids-limit', '77', id);
      assert.equal(code, 0, stderr);
      const show =
        'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null';
      assert.equal((await runtime.call('exec', id, 'sh', '-c', `${show}; true`)).stdout, '67108864\n77\n');
      const pids = JSON.parse((await runtime.call('ps', '--format', 'json', id)).stdout) as number[];
      assert.ok(pids.includes((await runtime.state(id))?.pid ?? -1));
      const listed = JSON.parse((await runtime.call('list', '--format', 'json')).stdout) as { id: string }[];
      assert.ok(listed.some((one) => one.id === id));
      await removed(runtime, id);
    },
  },
  {
    name: 'a terminal: the process leads a session on it, and it is the console',
    needs: ['script'],
    check: async (runtime, shop) => {
      // crun may end before it has copied the last output.
      const script = 'tty; test -c /dev/console && echo console; echo x >/dev/tty; sleep 0.2; exit 4';
      const bundle = shop.bundle(script, ({ process }) => {
        process.terminal = true;
      });
      const { code, stdout } = await runtime.runInTerminal(bundle);
      assert.match(stdout, /\/dev\/pts\/0\r\nconsole\r\nx\r\n/);
      assert.equal(code, 4);
    },
  },
  {
    name: 'run in the background',
    check: async (runtime, shop) => {
      const bundle = shop.bundle(`exec >/dev/null 2>&1; ${LOOP}`);
      assert.equal((await runtime.call('run', '--detach', '--bundle', bundle.path, bundle.id)).code, 0);
      await runtime.becomes(bundle.id, 'running');
      await removed(runtime, bundle.id);
    },
  },
];
