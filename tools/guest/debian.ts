import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commandSync } from '../lib/command.spawn.ts';
import { Failure } from '../lib/failure.ts';
import { programPath } from './host-files.ts';

const PACKAGES = [
  { name: 'qemu-system-x86', program: 'qemu-system-x86_64' },
  { name: 'squashfs-tools', program: 'mksquashfs' },
  { name: 'cpio', program: 'cpio' },
  { name: 'kmod', program: 'depmod' },
];
const KERNEL = 'linux-image-cloud-amd64';

/** A kernel with its modules, unpacked and not installed. */
export interface Kernel {
  /** As `uname -r` tells it. */
  readonly release: string;
  readonly image: string;
  /** The directory that holds lib/modules. */
  readonly directory: string;
}

function must(program: string, args: readonly string[], options: { readonly cwd?: string } = {}): string {
  const { ok, output } = commandSync(program, args, { ...options, env: { DEBIAN_FRONTEND: 'noninteractive' } });
  if (!ok) throw new Failure(`${output.trimEnd()}\nfailed: ${program} ${args.join(' ')}`);
  return output;
}

/** Runs a command of apt; once more with a fresh list of packages when it fails. */
function apt(args: readonly string[], cwd = '/'): void {
  if (commandSync('apt-get', args, { cwd, env: { DEBIAN_FRONTEND: 'noninteractive' } }).ok) return;
  must('apt-get', ['update']);
  must('apt-get', args, { cwd });
}

/** Installs what boots and builds the guest. Throws Failure. */
export function installTools(say: (text: string) => void): void {
  const missing = PACKAGES.filter(({ program }) => programPath(program) === undefined).map(({ name }) => name);
  if (missing.length === 0) return;
  say(`installing ${missing.join(', ')}`);
  apt(['install', '-y', '--no-install-recommends', ...missing]);
}

/** The kernel in the cache directory; downloads Debian's for clouds the first time. Throws Failure. */
export function provideKernel(cache: string, say: (text: string) => void): Kernel {
  const directory = join(cache, 'kernel');
  if (!existsSync(directory)) {
    say(`downloading ${KERNEL}`);
    const fresh = join(cache, 'kernel.new');
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(join(fresh, 'package'), { recursive: true });
    const find = () => /Depends: (linux-image-\S+)/.exec(commandSync('apt-cache', ['depends', KERNEL]).output)?.[1];
    if (find() === undefined) must('apt-get', ['update']);
    const name = find();
    if (name === undefined) throw new Failure(`no package ${KERNEL}: the guest needs Debian on x86_64`);
    apt(['-o', 'APT::Sandbox::User=root', 'download', name], join(fresh, 'package'));
    const [file = ''] = readdirSync(join(fresh, 'package'));
    must('dpkg', ['-x', join(fresh, 'package', file), fresh]);
    rmSync(join(fresh, 'package'), { recursive: true });
    const [release = ''] = readdirSync(join(fresh, 'lib/modules'));
    must('depmod', ['-b', fresh, release]);
    renameSync(fresh, directory);
  }
  const [release = ''] = readdirSync(join(directory, 'lib/modules'));
  return { release, image: join(directory, `boot/vmlinuz-${release}`), directory };
}
