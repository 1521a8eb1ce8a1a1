import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand } from '@wharf/testkit';
import { busyboxLayer } from './support/program-image.ts';

const WHARF_OCI = join(import.meta.dirname, '../build/wharf-oci');
const env = { PATH: process.env['PATH'] ?? '' };

/** What a process may do. */
const SEE = 'id -u; grep CapEff /proc/self/status; cat /proc/self/cgroup';

describe('hooks of bundles', () => {
  const directory = mkdtempSync('/dev/shm/wharf-hooks-');
  const bundle = join(directory, 'bundle');
  const at = (name: string) => join(directory, name);
  after(() => rmSync(directory, { recursive: true }));
  before(async () => {
    mkdirSync(join(bundle, 'rootfs'), { recursive: true });
    const unpacked = await runCommand(['tar', '-x', '-C', join(bundle, 'rootfs')], {
      env,
      input: await busyboxLayer(),
    });
    assert.equal(unpacked.code, 0, unpacked.stderr);
  });

  /** Runs the bundle with these hooks. */
  async function run(hooks: object, script: string) {
    rmSync(join(bundle, 'config.json'), { force: true });
    await runCommand([WHARF_OCI, 'spec', '--bundle', bundle], { env });
    const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as { process: object };
    const process = { ...config.process, terminal: false, args: ['/bin/sh', '-c', script] };
    const root = { path: 'rootfs', readonly: false };
    const linux = { ...(config as { linux?: object }).linux, cgroupsPath: '/wharf-e2e-hooks' };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify({ ...config, process, root, linux, hooks }));
    return await runCommand([WHARF_OCI, '--root', at('state'), 'run', '--bundle', bundle, 'hooked'], { env });
  }

  const shell = (script: string) => ({ path: '/bin/sh', args: ['sh', '-c', script], env: ['PATH=/usr/bin:/bin'] });

  test('each is run at its moment, where it belongs, and gets the state', async () => {
    const hooks = {
      createRuntime: [shell(`cat > ${at('runtime')}`)],
      createContainer: [shell(`readlink /proc/self/ns/mnt > ${join(bundle, 'rootfs/made')}`)],
      startContainer: [shell(`{ ${SEE}; } > /hook; cat > /state`)],
      poststart: [shell(`cat > ${at('started')}`)],
      poststop: [shell(`cat > ${at('stopped')}`)],
    };
    const script = `{ ${SEE}; } > /own; cmp /own /hook && readlink /proc/self/ns/mnt; cat /made; cat /state`;
    const { code, stdout, stderr } = await run(hooks, script);
    assert.equal(code, 0, stderr);
    const [own, made, state = ''] = stdout.split('\n');
    assert.match(own ?? '', /^mnt:/);
    assert.equal(made, own);
    const status = (text: string) => (JSON.parse(text) as { status: string }).status;
    const told = ['runtime', 'started', 'stopped'].map((name) => status(readFileSync(at(name), 'utf8')));
    assert.deepEqual([told[0], status(state), told[1], told[2]], ['creating', 'created', 'running', 'stopped']);
  });

  test('one that fails ends the container, with what it said', async () => {
    for (const kind of ['createRuntime', 'createContainer', 'startContainer']) {
      const { code, stderr } = await run({ [kind]: [shell('echo not so >&2; exit 6')] }, 'echo ran');
      assert.notEqual(code, 0);
      assert.match(stderr, new RegExp(`error running ${kind} hook #0: exit status 6, .*not so`));
      assert.equal(existsSync(at('state/hooked')), false);
    }
  });
});
