/**
 * `npm run stress`: what takes too long for `npm test`. Storms of random operations by 200 clients at once, a minute each;
 * `npm run stress -- SEED…` repeats those with these seeds. Without seeds the machine with cgroup v2 (`npm run guest`) comes
 * last. Needs a build and root.
 */
import { runGuestSuite } from './guest/suite.ts';
import { runSuite } from './test/suite.ts';
import { tallyLine } from './test/tally.ts';

const SECONDS = '60';
const CLIENTS = '200';
const TIMEOUT = 400_000;

const given = process.argv.slice(2);
const seeds = given.length > 0 ? given : [String(Math.floor(Date.now() / 1000) % 1_000_000)];
process.env['WHARF_MUST_RUN'] = '1';
process.env['WHARF_STORM_SECONDS'] = SECONDS;
process.env['WHARF_STORM_CLIENTS'] = CLIENTS;
const parts = [];
for (const seed of seeds) {
  process.env['WHARF_STORM_SEED'] = seed;
  process.stdout.write(`storm with seed ${seed}\n`);
  parts.push(await runSuite({ name: `stress/storm-${seed}`, files: ['e2e/storm.test.ts'], timeout: TIMEOUT }));
}
if (given.length === 0 && process.arch === 'x64') parts.push(await runGuestSuite());
process.stdout.write(`${tallyLine(parts)}\n`);
if (parts.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
