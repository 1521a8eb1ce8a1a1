import { type Tally, tallyOf } from '../test/tally.ts';
import { runGuest } from './run.ts';

const TIMEOUT = 600_000;

/**
 * The tests of control groups in a virtual machine that has version 2 only, as users' machines have. Prints one line, and
 * the console of the guest when something failed.
 */
export async function runGuestSuite(): Promise<Tally> {
  const start = performance.now();
  const console: string[] = [];
  const write = (text: string) => void console.push(text);
  const say = (text: string) => write(`${text}\n`);
  const { status, records } = await runGuest({ job: ['e2e/cgroups.test.ts'], timeout: TIMEOUT, say, write });
  const tally = tallyOf('guest', { records, exitCode: status });
  const { passed, failures } = tally;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const verdict = failures.length === 0 ? 'ok  ' : 'FAIL';
  process.stdout.write(`${verdict} guest with cgroup v2: ${passed} passed, ${failures.length} failed (${seconds} s)\n`);
  if (failures.length > 0) process.stdout.write(console.join(''));
  return tally;
}
