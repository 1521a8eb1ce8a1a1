import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hasPrograms } from '../support/needed-program.ts';
import type { Case } from './case.ts';
import { HOOKS } from './hooks.ts';
import { LIFECYCLE } from './lifecycle.ts';
import { RUNTIMES, RuntimeDriver } from './runtime-driver.ts';
import { AREAS } from './table.ts';
import { Workshop } from './workshop.ts';

/** Whether the output is what the case says. */
export function judge({ prints, code = 0 }: Case, result: { code: number; stdout: string; stderr: string }): void {
  if (typeof prints === 'string') {
    assert.deepEqual({ code: result.code, out: result.stdout.trimEnd() }, { code, out: prints }, result.stderr);
  } else {
    assert.equal(result.code, code, result.stderr);
    prints(result.stdout);
  }
}

let shop: Workshop;
before(async () => {
  shop = await Workshop.open();
});
after(() => {
  // The parents of groups are nobody's: those of the runtimes' own choice too.
  shop.close();
});

for (const named of RUNTIMES) {
  describe(`bundles with ${named.name}`, () => {
    const driver = (): RuntimeDriver => new RuntimeDriver(named, shop.root);
    after(() => rmSync(join(shop.root, `state-${named.name}`), { recursive: true, force: true }));
    for (const area of AREAS) {
      for (const one of area.cases) {
        test(`${area.name}: ${one.name}`, async (t) => {
          if (!named.program.startsWith('/') && !hasPrograms(t, named.program)) return;
          const bundle = shop.bundle(one.script, (config) => one.bundle?.(config, shop));
          judge(one, await driver().run(bundle, one.input));
        });
      }
    }
    for (const scenario of [...LIFECYCLE, ...HOOKS]) {
      test(scenario.name, async (t) => {
        if (!named.program.startsWith('/') && !hasPrograms(t, named.program)) return;
        await scenario.check(driver(), shop);
      });
    }
  });
}
