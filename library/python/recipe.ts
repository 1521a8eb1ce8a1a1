import { type DebPackage, debPackages, packageList, unpackDeb } from '../support/debian.ts';
import { FileTree } from '../support/file-tree.ts';
import { labels, type Recipe, type RecipeContext, type RecipeImage } from '../support/recipe.ts';

interface Variant {
  readonly suite: string;
  readonly program: string;
  readonly tags: readonly string[];
  readonly packages: readonly string[];
}

const SHARED = ['libc6', 'zlib1g', 'dash'];

/** Two Pythons of two Debian releases, each with that release's C library: the same paths, different worlds. */
const VARIANTS: readonly Variant[] = [
  {
    suite: 'bullseye',
    program: 'python2.7',
    tags: ['2.7', '2'],
    packages: ['python2.7-minimal', 'libpython2.7-minimal', 'libpython2.7-stdlib', ...SHARED],
  },
  {
    suite: 'bookworm',
    program: 'python3.11',
    tags: ['3.11', '3', 'latest'],
    packages: ['python3.11-minimal', 'libpython3.11-minimal', 'libpython3.11-stdlib', 'libexpat1', ...SHARED],
  },
];

const NOT_NEEDED =
  /^usr\/share\/(doc|man|lintian|doc-base|menu|applications|pixmaps|bug|binfmts)(\/|$)|\/__pycache__(\/|$)/;

async function filesOf(variant: Variant, packages: readonly DebPackage[]): Promise<FileTree> {
  const files = new FileTree();
  for (const deb of packages) await unpackDeb(deb, files);
  return files
    .removeWhere((path) => NOT_NEEDED.test(path))
    .symlink('bin/sh', 'dash')
    .symlink('usr/bin/python', variant.program)
    .directory('root', { mode: 0o700 })
    .directory('tmp', { mode: 0o1777 })
    .file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n')
    .file('etc/group', 'root:x:0:\nnogroup:x:65534:\n');
}

async function build(context: RecipeContext, variant: Variant): Promise<RecipeImage> {
  const packages = await debPackages(context, 'python', variant.suite, variant.packages);
  const version = packages[0]?.version ?? '';
  return {
    tags: variant.tags,
    config: {
      Cmd: ['python'],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
      WorkingDir: '/',
      Labels: labels(
        'python',
        version,
        `Built from Debian packages (${variant.suite}: ${packageList(packages)}), not the Docker Hub image.`,
        'PSF-2.0 AND GPL-2.0-or-later AND LGPL-2.1-or-later',
      ),
    },
    files: await filesOf(variant, packages),
    createdBy: `COPY ${variant.packages.join(' ')} / # library/python, Debian ${variant.suite}`,
  };
}

/** python: Python 2.7 and 3.11 at the same path, for the proof that two worlds run side by side on one kernel. */
export const python: Recipe = {
  name: 'python',
  summary: 'Python 2.7 and Python 3.11, each in a minimal root of its own Debian release',
  build: (context) => Promise.all(VARIANTS.map((variant) => build(context, variant))),
};
