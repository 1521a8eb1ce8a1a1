import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hasPrograms } from '../support/needed-program.ts';
import { HOOKS } from './hooks.ts';
import { judge } from './judge.ts';
import { LIFECYCLE } from './lifecycle.ts';
import { RUNTIMES, RuntimeDriver } from './runtime-driver.ts';
import { AREAS } from './table.ts';
import { Workshop } from './workshop.ts';

let shop: Workshop;
before(async () => {
  shop = await Workshop.open();
});
after(() => {
  shop.close();
});

for (const named of RUNTIMES) {
  describe(`bundles with ${named.name}`, { concurrency: 3 }, () => {
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
        const runtime = named.program.startsWith('/') ? [] : [named.program];
        if (!hasPrograms(t, ...runtime, ...(scenario.needs ?? []))) return;
        await scenario.check(driver(), shop);
      });
    }
  });
}
