import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type DebPackage, debDownload, debPackages, mirrors } from '../support/debian.ts';
import { EPOCH } from '../support/epoch.ts';
import { exists } from '../support/exists.ts';
import type { FileTree } from '../support/file-tree.ts';
import { readTree } from '../support/read-tree.ts';
import { labels, type Recipe, type RecipeContext } from '../support/recipe.ts';
import { run } from '../support/run.spawn.ts';
import { settle } from './settle.ts';

const SUITE = 'bookworm';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Runs debootstrap from its package, so that it need not be installed. */
class Debootstrap {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  static async prepare(context: RecipeContext): Promise<Debootstrap> {
    const [deb] = await debPackages(context, 'debootstrap', SUITE, ['debootstrap']);
    const root = join(context.scratchDir, 'debootstrap');
    await run('dpkg-deb', ['--extract', deb?.path ?? '', root], { package: 'dpkg' });
    return new Debootstrap(root);
  }

  async run(target: string, mirror: string, option: string): Promise<void> {
    const script = join(this.#root, 'usr/sbin/debootstrap');
    await run('sh', [script, '--variant=minbase', `--keyring=${KEYRING}`, option, SUITE, target, mirror], {
      env: {
        DEBOOTSTRAP_DIR: join(this.#root, 'usr/share/debootstrap'),
        SOURCE_DATE_EPOCH: String(EPOCH.getTime() / 1000),
      },
    });
  }
}

/** The packages of the base system in one archive, as debootstrap collects and verifies them. */
async function basePackages(context: RecipeContext, debootstrap: Debootstrap): Promise<string> {
  const cached = join(context.cacheDir, SUITE, `debootstrap-minbase.${context.architecture}.tgz`);
  if (!context.refresh && (await exists(cached))) return cached;
  // debootstrap fetches with wget; without it its own message is hard to read.
  await run('wget', ['--version']);
  context.progress(`downloading the base packages of Debian ${SUITE}`);
  const [mirror] = await mirrors();
  const partial = `${cached}.partial`;
  await debootstrap.run(join(context.scratchDir, 'make-tarball'), mirror, `--make-tarball=${partial}`);
  await rename(partial, cached);
  return cached;
}

/** Installs the updates and security fixes that have appeared since the last point release. */
async function upgrade(context: RecipeContext, rootfs: string): Promise<void> {
  const newer = await debDownload(context, 'debian-upgrades', SUITE, async (apt, directory) => {
    await apt.useStatus(join(rootfs, 'var/lib/dpkg/status'));
    await apt.get(['--yes', '--download-only', 'dist-upgrade'], directory);
    await apt.takeArchives(directory);
  });
  if (newer.length === 0) return;
  const inside = 'var/cache/apt/archives';
  for (const deb of newer) await run('cp', [deb.path, join(rootfs, inside)], { package: 'coreutils' });
  const paths = newer.map((deb) => `/${inside}/${deb.path.slice(deb.path.lastIndexOf('/') + 1)}`);
  context.progress(`installing ${newer.length} updates`);
  await run('chroot', [rootfs, 'dpkg', '--install', ...paths], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', SOURCE_DATE_EPOCH: String(EPOCH.getTime() / 1000) },
  });
}

async function installed(rootfs: string): Promise<DebPackage[]> {
  const status = await readFile(join(rootfs, 'var/lib/dpkg/status'), 'utf8');
  return status
    .split('\n\n')
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => ({
      name: /^Package: (.*)$/m.exec(paragraph)?.[1] ?? '',
      version: /^Version: (.*)$/m.exec(paragraph)?.[1] ?? '',
      path: '',
    }));
}

async function version(files: FileTree): Promise<string> {
  const entry = files.get('etc/debian_version');
  return entry?.type === 'file' ? entry.data.toString().trim() : '12';
}

/** debian: the essential packages and apt of Debian 12, with all updates. */
export const debian: Recipe = {
  name: 'debian',
  summary: 'Debian 12 "bookworm", the essential packages and apt',
  async build(context) {
    const debootstrap = await Debootstrap.prepare(context);
    const archive = await basePackages(context, debootstrap);
    const rootfs = join(context.scratchDir, 'rootfs');
    await mkdir(rootfs);
    context.progress('installing the base system');
    const [mirror] = await mirrors();
    await debootstrap.run(rootfs, mirror, `--unpack-tarball=${archive}`);
    await upgrade(context, rootfs);
    const packages = await installed(rootfs);
    const files = settle(await readTree(rootfs));
    const release = await version(files);
    const madeOf = `Built from Debian packages (${SUITE}, ${packages.length} packages, minbase), not the Docker Hub image.`;
    return [
      {
        tags: ['bookworm', '12', 'latest', ...(/^12\.\d+$/.test(release) ? [release] : [])],
        config: {
          Cmd: ['bash'],
          Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
          WorkingDir: '/',
          Labels: {
            ...labels('debian', release, madeOf, 'various free licences, see /usr/share/doc/*/copyright'),
            'wharf.library.packages': packages.map((deb) => `${deb.name}=${deb.version}`).join(' '),
          },
        },
        files,
        createdBy: `debootstrap --variant=minbase ${SUITE} # library/debian`,
      },
    ];
  },
};
