/**
 * `npm run guest -- [options] [files…]`: boots a virtual machine whose kernel has cgroup v2 only, as users' machines do,
 * and runs end to end tests in it (default: e2e/cgroups.test.ts). Emulated in software: needs no virtualisation, is slow.
 *
 *   --run COMMAND    runs a shell command in the source tree instead of tests
 *   --timeout N      switches the machine off after N seconds (default 600)
 *
 * Installs qemu and downloads a kernel from Debian the first time; keeps images in /var/cache/wharf-guest.
 */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installTools, provideKernel } from './guest/debian.ts';
import { baseImage, initramfs, modulesImage, treeImage } from './guest/images.ts';
import { runMachine } from './guest/machine.spawn.ts';
import { Failure, main } from './lib/failure.ts';

const CACHE = '/var/cache/wharf-guest';
const MIB = 1024 * 1024;

const say = (text: string): void => void process.stderr.write(`guest: ${text}\n`);

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A file of that many bytes without content. */
function blankDisk(path: string, size: number): string {
  writeFileSync(path, '');
  truncateSync(path, size);
  return path;
}

await main(async () => {
  const { values, positionals } = parseArgs({
    options: { run: { type: 'string' }, timeout: { type: 'string', default: '600' } },
    allowPositionals: true,
  });
  if (process.getuid?.() !== 0) throw new Failure('the guest is made of files that only root may read');
  const start = performance.now();
  const passed = () => ((performance.now() - start) / 1000).toFixed(1);
  mkdirSync(CACHE, { recursive: true, mode: 0o700 });
  installTools(say);
  const kernel = provideKernel(CACHE, say);
  const work = mkdtempSync(join(tmpdir(), 'wharf-guest-'));
  try {
    const tests = positionals.length > 0 ? positionals : ['e2e/cgroups.test.ts'];
    const flags = '--test --test-concurrency=1 --test-timeout=300000 --test-reporter=spec';
    const command = values.run ?? `node ${flags} ${tests.map(quote).join(' ')}`;
    const job = `export WHARF_E2E_DIRECT=1 WHARF_E2E_PROGRAMS=/run/programs WHARF_NO_APT=1\n${command}\n`;
    const readOnlyDisks = [baseImage(CACHE), treeImage(join(work, 'tree.img')), modulesImage(CACHE, kernel)];
    const disks = [blankDisk(join(work, 'blank.img'), 64 * MIB), blankDisk(join(work, 'swap.img'), 256 * MIB)];
    const early = initramfs(work, kernel, job);
    say(`booting Linux ${kernel.release} after ${passed()} s`);
    const status = await runMachine({
      kernel: kernel.image,
      initramfs: early,
      readOnlyDisks,
      disks,
      statusFile: join(work, 'status'),
      timeout: Number(values.timeout) * 1000,
      write: (text) => process.stdout.write(text),
    });
    say(status === undefined ? 'the guest ended without a result' : `ended with ${status} after ${passed()} s`);
    process.exitCode = status ?? 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});
