import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join, posix } from 'node:path';
import { hostDecompressor, type LibC } from '@wharf/linux';
import type { IdMaps } from '@wharf/runtime';
import { Beneath, look, type PackStart, readArchive, type Spot, TreeExtractor, TreePacker } from '@wharf/tar';
import { fail } from '../errors.ts';
import { isOfTheEngine } from './engine-files.ts';
import type { AnyJob, Jobs, TreeRoot } from './messages.ts';
import { absolutePath, baseName, binary, statPath, text } from './path-stat.ts';
import { asContainerRoot, idsInside, idsOutside } from './translated-ids.ts';

const O_PATH = 0o10000000;
const GO_DIRECTORY = 2 ** 31;

/** One job in a worker thread: what it has open, and how it goes on. */
export class Session {
  readonly #libc: LibC;
  readonly #root: number;
  readonly #closeRoot: () => void;
  readonly #tree: Beneath;
  readonly #ids: IdMaps | undefined;
  readonly #spots: Spot[] = [];
  #packer: TreePacker | undefined;
  #extractor: TreeExtractor | undefined;

  constructor(root: TreeRoot, libc: LibC) {
    this.#libc = libc;
    this.#ids = root.kind === 'namespace' ? root.ids : undefined;
    this.#root =
      root.kind === 'namespace'
        ? libc.openNamespaceRoot(root.fd, root.alone)
        : openSync(root.path, O_PATH | constants.O_DIRECTORY);
    this.#closeRoot = () => (root.kind === 'namespace' ? libc.close(this.#root) : closeSync(this.#root));
    this.#tree = new Beneath(this.#root);
  }

  /** Begins. Throws what node:fs throws, NOT_A_DIRECTORY. */
  open(job: AnyJob): Jobs[keyof Jobs]['answer'] {
    if (job.name === 'stat') return statPath(this.#tree, absolutePath(job.request.path));
    if (job.name === 'pack') return this.#pack(absolutePath(job.request.path));
    if (job.name === 'extract') return this.#extract(job.request);
    if (job.name === 'layer') this.#layer(job.request.lower);
    else this.#export();
    return null;
  }

  #spot(path: string, follow: boolean): Spot {
    const spot = this.#tree.resolve(binary(path), follow);
    this.#spots.push(spot);
    return spot;
  }

  #pack(path: string): Jobs['pack']['answer'] {
    const stat = statPath(this.#tree, path);
    const { dir, name, path: real } = this.#spot(path, false);
    const start: PackStart = { dir, name, archiveName: binary(archiveName(path, stat.mode >= GO_DIRECTORY)) };
    // The devices of a running container are not files of its own: Docker does not see them either.
    const hollow = real === '/' ? new Set([`${start.archiveName}dev`]) : new Set<string>();
    this.#packer = new TreePacker([start], { ...this.#packing(), hollow });
    return stat;
  }

  #packing() {
    return { calls: this.#libc, ...(this.#ids && { owners: idsInside(this.#ids) }) };
  }

  #export(): void {
    const { dir, name } = this.#spot('/', false);
    this.#packer = new TreePacker([{ dir, name, archiveName: '' }], { ...this.#packing(), contentOnly: true });
  }

  #layer(lower: readonly string[]): void {
    const { dir, name } = this.#spot('/', false);
    const hasBelow = (path: string) => lower.some((layer) => existsSync(join(layer, path)));
    const layer = { leaves: (path: string, names?: readonly string[]) => isOfTheEngine(path, names, hasBelow) };
    this.#packer = new TreePacker([{ dir, name, archiveName: '' }], { calls: this.#libc, contentOnly: true, layer });
  }

  #extract({ path, keepKinds, owner }: Jobs['extract']['request']): string {
    const spot = this.#spot(posix.join('/', path), true);
    const found = look(spot.dir, spot.name);
    if (!found) throw Object.assign(fail('NO_SUCH_PATH', path), { code: 'ENOENT' });
    closeSync(found.fd);
    if (!found.stats.isDirectory()) throw fail('NOT_A_DIRECTORY', 'extraction point is not a directory');
    // The directory of devices belongs to the container's mounts.
    const fixed = new Set(['/dev']);
    const owners = this.#ids ? { owners: idsOutside(this.#ids) } : {};
    this.#extractor = new TreeExtractor(this.#tree, spot.path, {
      owner,
      keepKinds,
      fixed,
      calls: this.#libc,
      ...owners,
    });
    return text(spot.path);
  }

  /** The next bytes of the archive; 0 at its end. */
  fill(target: Buffer): number {
    return this.#packer?.fill(target) ?? 0;
  }

  /** Reads the archive that these chunks are. */
  async take(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (!this.#extractor) return;
    const { libc, ids, extractor } = { libc: this.#libc, ids: this.#ids, extractor: this.#extractor };
    await readArchive(chunks, ids ? asContainerRoot(extractor, ids, libc) : extractor, { foreign: hostDecompressor });
    this.#extractor.finish();
  }

  close(): void {
    this.#packer?.close();
    this.#extractor?.close();
    for (const spot of this.#spots.splice(0)) this.#tree.close(spot);
    this.#closeRoot();
  }
}

/**
 * The name that the start of an archive has: that of the file or directory; of a directory whose content is meant, ".";
 * the names in the archive of "/" begin with a slash.
 */
function archiveName(path: string, isDirectory: boolean): string {
  const base = baseName(path);
  return isDirectory ? (base === '/' ? '/' : `${base}/`) : base;
}
