import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { compilePrograms } from '../../e2e/support/programs.spawn.ts';
import { commandSync } from '../lib/command.spawn.ts';
import { Failure } from '../lib/failure.ts';
import { root } from '../lib/tree.ts';
import type { Kernel } from './debian.ts';
import { hostFiles, librariesOf, programPath, withLinks } from './host-files.ts';

/** Drivers that have to be there before the root is. */
const EARLY_MODULES = ['virtio_pci', 'virtio_blk', 'squashfs', 'overlay'];
const EARLY_PROGRAMS = ['sh', 'insmod', 'mount', 'umount', 'mkdir', 'chmod', 'cp', 'switch_root'];
/** Dependencies that only the checks and the build need. */
const NOT_IN_GUEST =
  /^(@biomejs|@esbuild|@oven|@oxlint.*|@typescript|@types|esbuild|node-linux-.*|oxlint.*|typescript)$/;

function shell(script: string, args: readonly string[]): string {
  const { ok, output } = commandSync('sh', ['-ec', script, 'sh', ...args]);
  if (!ok) throw new Failure(`${output.trimEnd()}\nfailed: ${script}`);
  return output;
}

const UNPACKED = '-noI -noD -noF -noX -no-duplicates -no-xattrs -no-progress -quiet';

/** A file system image of files below a directory, given relative to it. */
function pack(image: string, directory: string, files: readonly string[]): void {
  const fresh = `${image}.${process.pid}`;
  writeFileSync(`${fresh}.list`, files.map((file) => `${file}\n`).join(''));
  shell(`tar -C "$1" -cf - --no-recursion -T "$2.list" | mksquashfs - "$2" -tar ${UNPACKED}; rm "$2.list"`, [
    directory,
    fresh,
  ]);
  renameSync(fresh, image);
}

/** What has to be the same for an image to be the same. */
function fingerprint(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The host's programs, with Node and our client: big, seldom new. */
export function baseImage(cache: string): string {
  const files = hostFiles();
  const image = join(cache, `base-${fingerprint(files.filter((path) => existsSync(path)))}.img`);
  if (!existsSync(image)) {
    for (const old of globSync(join(cache, 'base-*.img'))) rmSync(old);
    pack(
      image,
      '/',
      files.map((path) => path.slice(1)),
    );
  }
  return image;
}

/** The source tree as it is now, with what was built of it. */
export function treeImage(image: string): string {
  const below = (directory: string) =>
    globSync(`${directory}/**`, { cwd: root, exclude: (path) => path.endsWith('/node_modules') });
  const dependencies = readdirSync(join(root, 'node_modules')).filter((name) => !NOT_IN_GUEST.test(name));
  const files = [
    ...['packages', 'e2e', 'library', 'cell/build', 'build/library'].flatMap(below),
    ...dependencies.filter((name) => !name.startsWith('.')).flatMap((name) => below(`node_modules/${name}`)),
    ...[
      'node',
      'wharf',
      'engine.cjs',
      'unpack-worker.cjs',
      'archive-worker.cjs',
      'cli.cjs',
      'wharf-oci',
      'wharf-oci.cjs',
    ].map((name) => `build/${name}`),
    ...['package.json', 'tsconfig.json', 'wharf', 'tools/test/reporter.ts'],
  ];
  pack(image, root, [...new Set(files)]);
  return image;
}

export function modulesImage(cache: string, kernel: Kernel): string {
  const image = join(cache, `modules-${kernel.release}.img`);
  const directory = join(kernel.directory, 'lib/modules');
  if (!existsSync(image)) pack(image, directory, globSync(`${kernel.release}/**`, { cwd: directory }));
  return image;
}

/** What the kernel is started with: drivers of the disks, our scripts and the job. `directory` is used up. */
export function initramfs(directory: string, kernel: Kernel, job: string): string {
  const tree = join(directory, 'initramfs');
  for (const name of ['dev', 'proc', 'sys', 'run', 'modules']) mkdirSync(join(tree, name), { recursive: true });
  const programs = EARLY_PROGRAMS.map((name) => programPath(name) ?? name);
  const files = [...new Set([...programs, ...librariesOf(programs)].flatMap(withLinks))];
  const links = ['/bin', '/sbin', '/lib', '/lib64'].filter((path) => existsSync(path));
  const list = [...new Set([...links, ...files])].filter((path) => path !== '/usr/bin' && !statDirectory(path));
  writeFileSync(join(directory, 'files'), [...links, ...list].map((path) => `${path.slice(1)}\n`).join(''));
  shell('cd / && cpio -pdm --quiet "$1" <"$2" 2>/dev/null', [tree, join(directory, 'files')]);
  const args = ['-S', kernel.release, '-d', kernel.directory, '-a', '--show-depends', ...EARLY_MODULES];
  const { ok, output } = commandSync('modprobe', args);
  if (!ok) throw new Failure(output);
  const modules = [...new Set([...output.matchAll(/^insmod (\S+)/gm)].map(([, path = '']) => path))];
  for (const path of modules) cpSync(path, join(tree, 'modules', basename(path)));
  writeFileSync(join(tree, 'modules.list'), modules.map((path) => `/modules/${basename(path)}\n`).join(''));
  cpSync(join(import.meta.dirname, 'init.sh'), join(tree, 'init'));
  cpSync(join(import.meta.dirname, 'boot.sh'), join(tree, 'boot.sh'));
  writeFileSync(join(tree, 'job.sh'), job);
  mkdirSync(join(tree, 'programs'));
  const names = readdirSync(join(root, 'e2e/programs')).map((name) => name.replace(/\.c$/, ''));
  for (const [name, data] of compilePrograms(names)) writeFileSync(join(tree, 'programs', name), data);
  shell('chmod 755 "$1/init" && cd "$1" && find . | cpio -o -H newc --quiet >"$2"', [tree, `${tree}.cpio`]);
  return `${tree}.cpio`;
}

function statDirectory(path: string): boolean {
  return statSync(path).isDirectory() && !withLinks(path).includes(path);
}
