import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from './bundle.ts';
import type { Scenario } from './lifecycle.ts';
import type { RuntimeState } from './runtime-driver.ts';

const KINDS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

/** A hook that writes its name and the state that it gets into a file; the directory has the same path inside. */
function recording(bundle: Bundle, directory: string, file: string): void {
  const hook = (kind: string) => {
    return { path: '/bin/sh', args: ['sh', '-c', `read -r state; echo "${kind} $state" >> ${join(directory, file)}`] };
  };
  bundle.hooks = Object.fromEntries(KINDS.map((kind) => [kind, [hook(kind)]]));
  bundle.mounts.push({ destination: directory, type: 'bind', source: directory, options: ['bind'] });
}

export const HOOKS: readonly Scenario[] = [
  {
    name: 'hooks run in their order, each with the state',
    check: async (runtime, shop) => {
      const file = `hooks-${runtime.name}`;
      const bundle = shop.bundle('true', (config) => recording(config, shop.directory, file));
      const { code, stderr } = await runtime.run(bundle);
      assert.equal(code, 0, stderr);
      const lines = readFileSync(join(shop.directory, file), 'utf8').trim().split('\n');
      const entries = lines.map(
        (line) => [line.split(' ', 1)[0], JSON.parse(line.slice(line.indexOf(' '))) as RuntimeState] as const,
      );
      const order = entries.map(([kind]) => kind);
      // With others the one of startContainer, which the process itself runs, may come a moment after poststart.
      const others = (kinds: readonly (string | undefined)[]) => kinds.filter((kind) => kind !== 'startContainer');
      assert.deepEqual(others(order), others(KINDS));
      assert.equal(order.includes('startContainer'), true);
      if (runtime.name === 'wharf-oci') assert.deepEqual(order, KINDS);
      for (const [kind, state] of entries) {
        // crun tells those inside that the bundle is at /.
        const path = kind === 'startContainer' ? state.bundle : bundle.path;
        assert.deepEqual([state.id, state.bundle], [bundle.id, path]);
      }
      assert.equal(entries.find(([kind]) => kind === 'createRuntime')?.[1].pid === 0, false);
    },
  },
  {
    name: 'a hook that fails before the start fails the create and leaves nothing',
    check: async (runtime, shop) => {
      const mark = join(shop.directory, `ran-${runtime.name}`);
      const bundle = shop.bundle(`touch ${mark}`, (config) => {
        config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'echo no way >&2; exit 3'] }] };
      });
      assert.notEqual((await runtime.create(bundle)).code, 0);
      assert.equal(await runtime.state(bundle.id), undefined);
      assert.equal(existsSync(mark), false);
    },
  },
];
