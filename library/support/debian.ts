import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { errnoOf, messageOf } from '@wharf/kit';
import { extract } from 'tar-stream';
import { fail } from './errors.ts';
import type { FileTree } from './file-tree.ts';
import type { RecipeContext } from './recipe.ts';
import { run } from './run.spawn.ts';

/** A Debian package in the cache, verified. */
export interface DebPackage {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

interface LockRow {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * An apt of its own for one Debian suite: its lists, cache and status lie in a scratch directory, so nothing on the host
 * changes and any suite can be had, while mirrors' signatures and packages' hashes are checked by apt as always.
 */
export class PrivateApt {
  readonly #context: RecipeContext;
  readonly #suite: string;
  readonly #root: string;
  #updated = false;

  constructor(context: RecipeContext, suite: string) {
    this.#context = context;
    this.#suite = suite;
    this.#root = join(context.scratchDir, `apt-${suite}`);
  }

  get #options(): string[] {
    const set = {
      'Dir::Etc::sourcelist': join(this.#root, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State': join(this.#root, 'state'),
      'Dir::State::status': join(this.#root, 'status'),
      'Dir::Cache': join(this.#root, 'cache'),
      'APT::Architecture': this.#context.architecture,
      'APT::Sandbox::User': 'root',
      'APT::Install-Recommends': 'false',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '2',
      'APT::Update::Error-Mode': 'any',
    };
    return Object.entries(set).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  }

  /** Runs apt-get with this suite's lists, which are fetched first if they have not been. */
  async get(args: readonly string[], cwd: string): Promise<Buffer> {
    await this.#update();
    return await run('apt-get', [...this.#options, '-qq', ...args], { cwd, package: 'apt' });
  }

  /** Tells apt what counts as installed: the status file of a root file system. */
  async useStatus(statusFile: string): Promise<void> {
    await this.#update();
    await writeFile(join(this.#root, 'status'), await readFile(statusFile));
  }

  /** Moves the packages that `--download-only` has left in apt's own cache. */
  async takeArchives(directory: string): Promise<void> {
    const archives = join(this.#root, 'cache/archives');
    for (const file of await readdir(archives)) {
      if (file.endsWith('.deb')) await rename(join(archives, file), join(directory, file));
    }
  }

  async #update(): Promise<void> {
    if (this.#updated) return;
    await mkdir(join(this.#root, 'state/lists/partial'), { recursive: true });
    await mkdir(join(this.#root, 'cache/archives/partial'), { recursive: true });
    await writeFile(join(this.#root, 'status'), '');
    const [main, security] = await mirrors();
    const signed = `[signed-by=${KEYRING}]`;
    const sources = [
      `deb ${signed} ${main} ${this.#suite} main`,
      `deb ${signed} ${main} ${this.#suite}-updates main`,
      `deb ${signed} ${security} ${this.#suite}-security main`,
    ];
    await writeFile(join(this.#root, 'sources.list'), `${sources.join('\n')}\n`);
    this.#context.progress(`fetching the package lists of Debian ${this.#suite}`);
    try {
      await run('apt-get', [...this.#options, '-qq', 'update'], { package: 'apt' });
    } catch (cause) {
      const why = messageOf(cause).split('\n').slice(1, 4).join('\n');
      throw fail(
        'LIBRARY_PACKAGES_UNREACHABLE',
        `Debian ${this.#suite} cannot be reached at ${main}, and the packages are not in ${this.#context.cacheDir}.\n${why}`,
        { cause },
      );
    }
    this.#updated = true;
  }
}

/** The Debian mirrors that the host itself uses, else Debian's own: archive and security archive. */
export async function mirrors(): Promise<[main: string, security: string]> {
  const output = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], {
    package: 'apt',
  }).catch(() => Buffer.alloc(0));
  const uris = output.toString().split('\n');
  const ending = (name: string): string | undefined => uris.find((uri) => new RegExp(`/${name}/?$`).test(uri));
  return [
    ending('debian') ?? 'http://deb.debian.org/debian',
    ending('debian-security') ?? 'http://deb.debian.org/debian-security',
  ];
}

async function sha256File(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** The packages that an earlier build wrote down, when every one of them is still there, unchanged. */
async function fromCache(directory: string, lockFile: string): Promise<DebPackage[] | undefined> {
  try {
    const rows = JSON.parse(await readFile(lockFile, 'utf8')) as LockRow[];
    const packages: DebPackage[] = [];
    for (const row of rows) {
      const path = join(directory, basename(row.file));
      if ((await sha256File(path)) !== row.sha256) return undefined;
      packages.push({ name: row.name, version: row.version, path });
    }
    return packages;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function describe(path: string): Promise<LockRow> {
  const fields = await run('dpkg-deb', ['--showformat=${Package}\n${Version}', '--show', path], { package: 'dpkg' });
  const [name = '', version = ''] = fields.toString().trim().split('\n');
  return { name, version, file: basename(path), sha256: await sha256File(path) };
}

/** Fetches packages into a directory with an apt of the suite; gives nothing back but the files. */
export type Download = (apt: PrivateApt, directory: string) => Promise<void>;

/**
 * Gets packages of one Debian suite: from the cache when an earlier build of the recipe left them there (the versions of
 * that build are kept until `refresh`), else by `download`, whose packages apt verifies. Sorted by name.
 */
export async function debDownload(
  context: RecipeContext,
  recipe: string,
  suite: string,
  download: Download,
): Promise<DebPackage[]> {
  const directory = join(context.cacheDir, suite);
  const lockFile = join(directory, `${recipe}.${context.architecture}.json`);
  const cached = context.refresh ? undefined : await fromCache(directory, lockFile);
  if (cached !== undefined) return cached;

  const incoming = join(context.scratchDir, `incoming-${suite}-${recipe}`);
  await mkdir(incoming, { recursive: true });
  await mkdir(directory, { recursive: true });
  await download(new PrivateApt(context, suite), incoming);
  const rows: LockRow[] = [];
  for (const file of (await readdir(incoming)).sort()) {
    rows.push(await describe(join(incoming, file)));
    await moveFile(join(incoming, file), join(directory, file));
  }
  await writeFile(lockFile, `${JSON.stringify(rows, null, 2)}\n`);
  return rows.map((row) => ({ name: row.name, version: row.version, path: join(directory, row.file) }));
}

/** Gets the named packages of one Debian suite, in the order of `names`; see debDownload. */
export async function debPackages(
  context: RecipeContext,
  recipe: string,
  suite: string,
  names: readonly string[],
): Promise<DebPackage[]> {
  const packages = await debDownload(context, recipe, suite, async (apt, directory) => {
    context.progress(`downloading ${names.join(', ')} from Debian ${suite}`);
    await apt.get(['download', ...names], directory);
  });
  return names.flatMap((name) => packages.filter((deb) => deb.name === name));
}

/** Moves a file, also from one file system to another, so that it appears whole. */
async function moveFile(from: string, to: string): Promise<void> {
  const partial = `${to}.${process.pid}.partial`;
  await writeFile(partial, await readFile(from));
  await rename(partial, to);
}

/** Adds a package's files to a tree, with the owners and modes that the package gives them. */
export async function unpackDeb(deb: DebPackage, tree: FileTree): Promise<void> {
  const archive = await run('dpkg-deb', ['--fsys-tarfile', deb.path], { package: 'dpkg' });
  const reader = extract();
  Readable.from([archive]).pipe(reader);
  for await (const entry of reader) {
    const { name, type, linkname = '', mode = 0o644, uid = 0, gid = 0 } = entry.header;
    const ownership = { mode: mode & 0o7777, uid, gid };
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (type === 'directory') tree.directory(name, ownership);
    else if (type === 'symlink') tree.symlink(name, linkname, ownership);
    else if (type === 'link') tree.hardlink(name, linkname, ownership);
    else tree.file(name, Buffer.concat(chunks), ownership);
  }
}

/** The packages of an image in one line, for its label: "name version, name version". */
export function packageList(packages: readonly DebPackage[]): string {
  return packages.map((deb) => `${deb.name} ${deb.version}`).join(', ');
}
