import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../lib/failure.ts';
import { installTools, provideKernel } from './debian.ts';
import { baseImage, initramfs, modulesImage, treeImage } from './images.ts';
import { runMachine } from './machine.spawn.ts';

/** Kernel and images that seldom change. */
const CACHE = '/var/cache/wharf-guest';
const MIB = 1024 * 1024;
const REPORTS = '--test-reporter=spec --test-reporter-destination=stdout';
const RECORDS = '--test-reporter=/wharf/tools/test/reporter.ts --test-reporter-destination=/run/records';

/** Comes before the complete records. */
const ALL = 'all records:';

/** What the guest is to do. */
export interface GuestRun {
  /** A shell command in the source tree, or test files. */
  readonly job: string | readonly string[];
  /** Milliseconds after which the machine is switched off. */
  readonly timeout: number;
  /** Takes lines about what is being done. */
  readonly say: (text: string) => void;
  /** Takes the guest's console. */
  readonly write: (text: string) => void;
}

/** How it went. */
export interface GuestResult {
  /** The exit status of the job; undefined when the guest crashed or was switched off. */
  readonly status: number | undefined;
  /** Lines of tools/test/reporter.ts. */
  readonly records: string;
}

/**
 * Boots a virtual machine whose kernel has cgroup v2 only, with this tree and this machine's programs, and runs a job in
 * it. What is missing is installed and downloaded from Debian first. Needs root. Throws Failure.
 */
export async function runGuest({ job, timeout, say, write }: GuestRun): Promise<GuestResult> {
  if (process.arch !== 'x64') throw new Failure('the guest is for x86_64 only');
  if (process.getuid?.() !== 0) throw new Failure('the guest is made of files that only root may read');
  mkdirSync(CACHE, { recursive: true, mode: 0o700 });
  installTools(say);
  const kernel = provideKernel(CACHE, say);
  clearLeftovers();
  const work = mkdtempSync(join(tmpdir(), `wharf-guest-${process.pid}-`));
  try {
    const readOnlyDisks = [baseImage(CACHE), treeImage(join(work, 'tree.img')), modulesImage(CACHE, kernel)];
    const disks = [blankDisk(join(work, 'blank.img'), 64 * MIB), blankDisk(join(work, 'swap.img'), 256 * MIB)];
    const early = initramfs(work, kernel, script(job));
    say(`booting Linux ${kernel.release}`);
    const statusFile = join(work, 'status');
    await runMachine({ kernel: kernel.image, initramfs: early, readOnlyDisks, disks, statusFile, timeout, write });
    return resultOf(existsSync(statusFile) ? readFileSync(statusFile, 'utf8') : '');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Removes what runs that were killed have left. */
function clearLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^wharf-guest-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** A file of that many bytes without content. */
function blankDisk(path: string, size: number): string {
  writeFileSync(path, '');
  truncateSync(path, size);
  return path;
}

/** What the guest's shell runs. */
function script(job: GuestRun['job']): string {
  const oracle = process.env['WHARF_E2E_ENGINE'] === 'dockerd';
  const environment = [
    `export WHARF_E2E_DIRECT=1 WHARF_E2E_PROGRAMS=/run/programs WHARF_NO_APT=1${oracle ? ' WHARF_E2E_ENGINE=dockerd' : ''}`,
    // dockerd looks for the limits that the kernel has in its own group.
    ...(oracle ? ["echo '+memory +cpu +io +pids +cpuset' >/sys/fs/cgroup/cgroup.subtree_control"] : []),
    // Nobody's engine runs in the root group.
    'mkdir /sys/fs/cgroup/job && echo $$ >/sys/fs/cgroup/job/cgroup.procs\n',
  ].join('\n');
  if (typeof job === 'string') return `${environment}${job}\n`;
  const files = job.map((file) => `'${file.replaceAll("'", `'\\''`)}'`).join(' ');
  const flags = `--test --test-concurrency=1 --test-timeout=300000 ${REPORTS} ${RECORDS}`;
  // As they come, for the case that the guest is switched off; then all of them.
  const live = ': >/run/records; tail -n +1 -f /run/records >/dev/ttyS1 & tail=$!';
  return `${environment}${live}\nnode ${flags} ${files}\ncode=$?\nkill $tail\n(echo; echo ${ALL}; cat /run/records) >/dev/ttyS1\nexit $code\n`;
}

/** Takes apart what came through the second serial port: records, then the exit status. */
function resultOf(text: string): GuestResult {
  const lines = text.replaceAll('\r', '').split('\n');
  const status = /^exit (\d+)$/m.exec(lines.join('\n'))?.[1];
  const complete = lines.slice(lines.indexOf(ALL) + 1);
  const records = complete.filter((line) => /^\{.*\}$/.test(line)).map((line) => `${line}\n`);
  return { status: status === undefined ? undefined : Number(status), records: records.join('') };
}
