import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, messageOf } from '@wharf/kit';

const REF_NAME = 'org.opencontainers.image.ref.name';
/** A base system from Debian packages takes a while on a slow mirror. */
const BUILD_LIMIT_MS = 15 * 60 * 1000;

interface LayoutIndex {
  readonly manifests?: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
}

/** The base images of this installation: made by its recipes when first asked for, seeded into the Hub. */
export class LibrarySeeder {
  readonly #home: string;
  readonly #logger: Logger;
  readonly #building = new Map<string, Promise<boolean>>();

  /** `home` is the installation: `build/library` has the images, `library/build.ts` makes them. */
  constructor(home: string, logger: Logger) {
    this.#home = home;
    this.#logger = logger;
  }

  /**
   * Brings `library/NAME` into the Hub if a recipe has it: `seed` takes a layout directory, repository and tag. Without
   * `reference` all tags are wanted. True when something was seeded and another look is worth while.
   */
  async bring(
    repository: string,
    reference: string | undefined,
    seed: (layout: string, repository: string, tag: string) => Promise<void>,
  ): Promise<boolean> {
    const name = /^library\/([a-z0-9][a-z0-9._-]*)$/.exec(repository)?.[1];
    if (name === undefined || !existsSync(join(this.#home, 'library', name, 'recipe.ts'))) return false;
    const layout = join(this.#home, 'build/library', name);
    if (!existsSync(join(layout, 'index.json')) && !(await this.#build(name))) return false;
    const tags = tagsOf(layout);
    const isTag = reference !== undefined && !reference.includes(':');
    if (isTag && !tags.includes(reference)) return false;
    for (const tag of tags) await seed(layout, repository, tag);
    this.#logger.info('library image seeded', { repository, tags });
    return true;
  }

  #build(name: string): Promise<boolean> {
    const running = this.#building.get(name) ?? this.#run(name).finally(() => this.#building.delete(name));
    this.#building.set(name, running);
    return running;
  }

  #run(name: string): Promise<boolean> {
    this.#logger.info('building a library image', { name });
    const child = spawn(process.execPath, [join(this.#home, 'library/build.ts'), name], {
      cwd: this.#home,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: BUILD_LIMIT_MS,
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4096);
    });
    return new Promise((resolve) => {
      child.once('error', (error) => {
        this.#logger.warn('cannot build a library image', { name, error: messageOf(error) });
        resolve(false);
      });
      child.once('close', (code) => {
        if (code !== 0) this.#logger.warn('library image failed', { name, output: text.trim() });
        resolve(code === 0);
      });
    });
  }
}

/** The tags that an OCI image layout names. */
function tagsOf(layout: string): string[] {
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as LayoutIndex;
  return (index.manifests ?? []).flatMap(({ annotations }) => annotations?.[REF_NAME] ?? []);
}
