import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasPrograms } from '../support/needed-program.ts';
import { suite } from '../support/suite.ts';
import { NO_MKDIR } from './areas/security.ts';
import type { Place } from './case.ts';
import { judge } from './judge.ts';
import { AREAS } from './table.ts';

/** The default, which is our own, and the two that Debian has. */
const RUNTIMES = ['wharf', 'runc', 'crun'] as const;

function placeIn(directory: string): Place {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'file'), 'content\n');
  writeFileSync(join(directory, 'seccomp.json'), JSON.stringify(NO_MKDIR));
  return { directory };
}

suite('conformance through the engine', {}, ({ ours }) => {
  for (const runtime of RUNTIMES) {
    for (const area of AREAS) {
      ours(`--runtime ${runtime}: ${area.name}`, async ({ cli, engine, t }) => {
        if (runtime !== 'wharf' && !hasPrograms(t, runtime)) return;
        const place = placeIn(join(engine.places.directory, 'host'));
        const checks = area.cases.map(async (one) => {
          if (one.flags === undefined) return;
          await t.test(one.name, async () => {
            const flags = one.flags?.(place) ?? [];
            const words = ['run', '--rm', '--runtime', runtime, ...flags, 'busybox', 'sh', '-c', one.script];
            judge(one, await cli.run(words, one.input === undefined ? {} : { input: one.input }));
          });
        });
        await Promise.all(checks);
      });
    }
  }
});
