import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CommandResult, eventually, RunningCommand, runCommand, sourceRoot } from '@wharf/testkit';
import { hasPrograms } from './support/needed-program.ts';
import { busyboxLayer } from './support/program-image.ts';

const WHARF_OCI = join(sourceRoot(), 'build/wharf-oci');
const env = { PATH: process.env['PATH'] ?? '' };

/** What podman makes on the host, whatever it is told. */
const PODMAN_HABITS = ['/dev/shm/libpod_lock', '/run/libpod', '/var/lib/containers'];
/** Directories that others may use at the same time: they go when they are empty. */
const SHARED_HABITS = [
  '/run/containerd/s',
  '/run/containerd',
  '/run/docker/plugins',
  '/run/docker',
  '/run/runc',
  '/run/crun',
  '/run/wharf-oci/.staging',
  '/run/wharf-oci',
];

/** A directory of its own, control groups of its own, and a tar archive of busybox, for a program that uses wharf-oci. */
class Visit {
  readonly directory = mkdtempSync('/dev/shm/wharf-oci-e2e-');
  readonly #there = new Set([...PODMAN_HABITS, ...SHARED_HABITS].filter((path) => existsSync(path)));
  busybox: Buffer = Buffer.alloc(0);

  get cgroup(): string {
    return `/wharf-oci-e2e-${this.directory.slice(-6)}`;
  }

  end(): void {
    const hierarchies = ['.', ...readdirSync('/sys/fs/cgroup')].map((name) =>
      join('/sys/fs/cgroup', name, this.cgroup),
    );
    for (const directory of hierarchies) if (existsSync(directory)) removeBelow(directory);
    rmSync(this.directory, { recursive: true, force: true });
    const ours = (paths: readonly string[]) => paths.filter((path) => !this.#there.has(path) && existsSync(path));
    for (const path of ours(PODMAN_HABITS)) rmSync(path, { recursive: true, force: true });
    for (const path of ours(SHARED_HABITS)) if (readdirSync(path).length === 0) rmdirSync(path);
  }
}

function removeBelow(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeBelow(join(directory, entry.name));
  }
  rmdirSync(directory);
}

/** Everything that a user of containers does first, by a program that calls wharf-oci. */
async function tour(run: (...args: string[]) => Promise<CommandResult>, options: readonly string[]): Promise<void> {
  const container = (...args: string[]) => run('run', '--network', 'none', ...options, ...args);
  const ok = async (...args: string[]) => {
    const result = await run(...args);
    assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
    return result.stdout.trim();
  };
  const first = await container('--rm', 'bb', 'sh', '-c', 'echo out; echo err >&2; id -u; exit 5');
  assert.deepEqual([first.code, first.stdout, first.stderr], [5, 'out\n0\n', 'err\n']);
  assert.match((await container('--rm', '-t', 'bb', 'sh', '-c', 'tty')).stdout, /^\/dev\/pts\/0\r?\n$/);
  const missing = await container('--rm', 'bb', 'no-such-command');
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /wharf-oci create failed: .*"no-such-command": executable file not found in \$PATH/);
  const limit = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max';
  assert.equal((await container('--rm', '-m', '32m', 'bb', 'sh', '-c', limit)).stdout.trim(), String(32 << 20));
  const loop = 'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done';
  const { code, stderr } = await container('-d', '--name', 'stays', 'bb', 'sh', '-c', loop);
  assert.equal(code, 0, stderr);
  await eventually(async () => (await run('logs', 'stays')).stdout === 'up\n');
  assert.equal((await run('exec', 'stays', 'sh', '-c', 'echo in; exit 4')).code, 4);
  assert.match(await ok('exec', '-t', 'stays', 'tty'), /^\/dev\/pts\/\d$/);
  assert.match(await ok('top', 'stays'), /sleep|trap/);
  await ok('pause', 'stays');
  await ok('unpause', 'stays');
  await ok('stop', 'stays');
  assert.equal(await ok('inspect', '-f', '{{.State.ExitCode}}', 'stays'), '9');
  await ok('rm', 'stays');
}

describe('wharf-oci as the runtime of others', { timeout: 120_000 }, () => {
  const visit = new Visit();
  before(async () => {
    visit.busybox = await busyboxLayer();
  });
  after(() => visit.end());

  test('podman', async (t) => {
    if (!hasPrograms(t, 'podman')) return;
    const at = (name: string) => join(visit.directory, 'podman', name);
    mkdirSync(join(visit.directory, 'podman'));
    const places = ['--root', at('root'), '--runroot', at('run'), '--tmpdir', at('tmp')];
    const choices = ['--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'];
    const argv = ['podman', ...places, ...choices, '--runtime', WHARF_OCI];
    const run = (...args: string[]) => runCommand([...argv, ...args], { env: { ...env, HOME: visit.directory } });
    const imported = await runCommand([...argv, 'import', '-', 'bb'], { env, input: visit.busybox });
    assert.equal(imported.code, 0, imported.stderr);
    await tour(run, ['--cgroup-parent', `${visit.cgroup}/podman`]);
    assert.equal(
      (await run('info', '--format', '{{.Host.OCIRuntime.Version}}')).stdout.split('\n')[0],
      'wharf-oci version 0.1.0',
    );
  });

  test('dockerd', async (t) => {
    if (!hasPrograms(t, 'dockerd')) return;
    const at = (name: string) => join(visit.directory, 'dockerd', name);
    mkdirSync(at(''), { recursive: true });
    const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')];
    const choices = [
      '--bridge',
      'none',
      '--iptables=false',
      '--storage-driver',
      'vfs',
      '--add-runtime',
      `wharf=${WHARF_OCI}`,
    ];
    const host = `unix://${at('sock')}`;
    const daemon = new RunningCommand(['dockerd', '-H', host, ...places, ...choices], { env, timeout: 100_000 });
    const run = (...args: string[]) => runCommand(['docker', '-H', host, ...args], { env: { ...env, HOME: at('') } });
    try {
      await eventually(async () => (await run('version')).code === 0, { within: 30_000 });
      const imported = await runCommand(['docker', '-H', host, 'import', '-', 'bb'], { env, input: visit.busybox });
      assert.equal(imported.code, 0, imported.stderr);
      await tour(run, ['--runtime', 'wharf', '--cgroup-parent', `${visit.cgroup}/dockerd`]);
    } finally {
      daemon.kill('SIGTERM');
      await daemon.exited;
    }
  });
});
