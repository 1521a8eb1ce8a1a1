import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CellRunner } from '../cell/cell-runner.ts';
import { onHost } from '../program/step.ts';
import { deviceProgram } from './device-program.ts';
import { devicePolicy } from './devices.ts';
import type { CgroupFeatures } from './features.ts';
import { applyCgroup, cgroupProcesses, freezeCgroup, killCgroup, removeCgroup } from './group.ts';
import { cgroupDirectories, detectCgroups } from './layout.ts';
import { planCgroup } from './plan.ts';
import { prepareCgroupParent } from './prepare.ts';
import { readCgroupStats } from './stats.ts';

const CELL = join(import.meta.dirname, '../../../../cell/build/cell');
const MB = 1024 * 1024;
const skip = process.getuid?.() === 0 ? false : 'needs root';
const parent = `/wht-${process.pid}`;
const texts = () => ({
  mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
  cgroup: readFileSync('/proc/self/cgroup', 'utf8'),
});
let layout: ReturnType<typeof detectCgroups>;
let features: CgroupFeatures;

before(() => {
  if (skip) return;
  layout = detectCgroups(texts());
  features = prepareCgroupParent(layout, parent);
});
after(async () => {
  if (!skip) await removeCgroup(layout, parent);
});

function make(name: string, resources: Parameters<typeof planCgroup>[0]['resources']) {
  const plan = planCgroup({ layout, features, path: `${parent}/${name}`, resources });
  applyCgroup(plan);
  return plan;
}

/** A shell command that begins only when it is in the group. */
function runIn(procsFiles: readonly string[], command: string): ChildProcess {
  const child = spawn('sh', ['-c', `read go; ${command}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  for (const file of procsFiles) writeFileSync(file, String(child.pid));
  child.stdin?.end('go\n');
  return child;
}

test('limits hold, usage is counted, and the group can be frozen, killed and removed', { skip }, async () => {
  const path = `${parent}/all`;
  const plan = make('all', {
    memory: { limit: 32 * MB, swap: 32 * MB },
    cpu: { shares: 512, quota: 50_000, period: 100_000, cpus: '0' },
    pids: { limit: 8 },
    devices: [
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
    ],
  });
  const child = runIn(plan.procsFiles, 'sleep 100 & sleep 100 & wait');
  const ended = once(child, 'exit');
  while (cgroupProcesses(layout, path).length < 3) await new Promise((resolve) => setImmediate(resolve));
  freezeCgroup(layout, path, true);
  freezeCgroup(layout, path, false);
  const stats = readCgroupStats(layout, path);
  assert.equal(stats.pids.limit, 8);
  assert.equal(stats.pids.current, 3);
  assert.equal(stats.memory.limit, 32 * MB);
  assert.ok((stats.memory.usage ?? 0) > 0 && (stats.cpu.usage ?? 0) > 0);
  await killCgroup(layout, path);
  assert.deepEqual((await ended)[1], 'SIGKILL');
  await removeCgroup(layout, path);
  assert.ok(cgroupDirectories(layout, path).every((directory) => !existsSync(directory)));
  await removeCgroup(layout, path);
  await killCgroup(layout, path);
});

test('a process over its memory limit is killed and the count says so', { skip }, async () => {
  const plan = make('oom', { memory: { limit: 8 * MB, swap: 8 * MB } });
  const child = runIn(plan.procsFiles, 'exec tail /dev/zero');
  assert.deepEqual((await once(child, 'exit'))[1], 'SIGKILL');
  const text = readFileSync(plan.oom?.path ?? '', 'utf8');
  assert.match(text, new RegExp(`^${plan.oom?.key} [1-9]`, 'm'));
  await removeCgroup(layout, `${parent}/oom`);
});

test('without cgroup.kill processes are signalled until nobody is left', { skip }, async (t) => {
  if (layout.mode === 'v2') return t.skip('needs v1 hierarchies');
  const plain = { mode: 'v1' as const, controllers: layout.controllers };
  const plan = planCgroup({ layout: plain, features, path: `${parent}/signals`, resources: {} });
  applyCgroup(plan);
  const child = runIn(plan.procsFiles, 'while :; do sleep 100 & sleep 0.001; done');
  const ended = once(child, 'exit');
  while (cgroupProcesses(plain, `${parent}/signals`).length < 5) await new Promise((resolve) => setImmediate(resolve));
  await killCgroup(plain, `${parent}/signals`);
  await ended;
  assert.deepEqual(cgroupProcesses(plain, `${parent}/signals`), []);
  await removeCgroup(plain, `${parent}/signals`);
});

test('memory limits of a living group grow and shrink together', { skip }, async () => {
  const path = `${parent}/grow`;
  let current = { limit: 32 * MB, swap: 32 * MB };
  make('grow', { memory: current });
  for (const size of [64 * MB, 16 * MB, 128 * MB]) {
    const memory = { limit: size, swap: size };
    applyCgroup(planCgroup({ layout, features, path, resources: { memory }, current }));
    current = memory;
    assert.equal(readCgroupStats(layout, path).memory.limit, size);
  }
  await removeCgroup(layout, path);
});

test('groups inside the group go with it', { skip }, async () => {
  make('outer', {});
  for (const directory of cgroupDirectories(layout, `${parent}/outer/a/b`)) mkdirSync(directory, { recursive: true });
  await removeCgroup(layout, `${parent}/outer`);
  assert.ok(!existsSync(cgroupDirectories(layout, `${parent}/outer`)[0] ?? ''));
});

test('a value that the kernel refuses is told with the file', { skip }, async () => {
  assert.throws(() => make('bad', { cpu: { cpus: '4096' } }), {
    code: 'INVALID_RESOURCES',
    message: /failed to write "4096" to .*cpuset\.cpus/,
  });
  await removeCgroup(layout, `${parent}/bad`);
});

test('the device program is accepted by the kernel and refuses what it should', { skip }, async (t) => {
  if (layout.unified === undefined || !existsSync(CELL)) return t.skip('needs a v2 hierarchy and cell');
  const directory = `${layout.unified}${parent}-devices`;
  mkdirSync(directory);
  const runner = new CellRunner(CELL);
  try {
    const program = deviceProgram(
      devicePolicy([
        { allow: false },
        { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
        { allow: true, type: 'c', major: 1, minor: 5, access: 'r' },
      ]),
    );
    await runner.run([onHost({ op: 'CGROUP_DEVICE', path: directory, program })]);
    const ask = (access: string) => {
      const command = `echo $$ > ${directory}/cgroup.procs; ${access}`;
      return spawnSync('sh', ['-c', command], { encoding: 'utf8' }).status === 0;
    };
    assert.ok(ask(': <>/dev/null'));
    assert.ok(ask(': </dev/zero'));
    assert.ok(!ask(': >/dev/zero'));
    assert.ok(!ask(': </dev/urandom'));
  } finally {
    await runner.close();
    rmdirSync(directory);
  }
});
