/**
 * `npm run guest -- [options] [files…]`: boots a virtual machine whose kernel has cgroup v2 only, as users' machines do,
 * and runs end to end tests in it (default: e2e/cgroups.test.ts). Emulated in software: needs no virtualisation, is slow.
 *
 *   --run COMMAND    runs a shell command in the source tree instead of tests
 *   --timeout N      switches the machine off after N seconds (default 600)
 *
 * Installs qemu and downloads a kernel from Debian the first time; keeps images in /var/cache/wharf-guest.
 */
import { parseArgs } from 'node:util';
import { runGuest } from './guest/run.ts';
import { main } from './lib/failure.ts';
import { parseRecords } from './test/tally.ts';

const say = (text: string): void => void process.stderr.write(`guest: ${text}\n`);

function failuresOf(records: string): string[] {
  const failed = parseRecords(records).filter(({ outcome }) => outcome === 'fail');
  return failed.map(({ name, reason }) => `${name}\n${reason}`);
}

await main(async () => {
  const { values, positionals } = parseArgs({
    options: { run: { type: 'string' }, timeout: { type: 'string', default: '600' } },
    allowPositionals: true,
  });
  const start = performance.now();
  const { status, records } = await runGuest({
    job: values.run ?? (positionals.length > 0 ? positionals : ['e2e/cgroups.test.ts']),
    timeout: Number(values.timeout) * 1000,
    say,
    write: (text) => process.stdout.write(text),
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  // The reporter of node tells at its end only what failed.
  if (status === undefined) for (const failure of failuresOf(records)) say(failure);
  say(status === undefined ? `ended without a result after ${seconds} s` : `ended with ${status} after ${seconds} s`);
  process.exitCode = status ?? 1;
});
