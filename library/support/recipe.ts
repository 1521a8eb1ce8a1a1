import type { FileTree } from './file-tree.ts';

/** The parts of an image's configuration that a recipe decides (OCI image-spec, config.md). */
export interface RecipeConfig {
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** One image made by a recipe: its tags, its configuration and its only layer. */
export interface RecipeImage {
  readonly tags: readonly string[];
  readonly config: RecipeConfig;
  readonly files: FileTree;
  /** Shown by `history`: how the layer was made. */
  readonly createdBy: string;
}

/** What a recipe may use. */
export interface RecipeContext {
  /** Where the recipe's own source files lie. */
  readonly sourceDir: string;
  /** Where downloaded packages are kept between builds. */
  readonly cacheDir: string;
  /** An empty directory, removed after the build. */
  readonly scratchDir: string;
  /** Downloads packages again even when the cache has them. */
  readonly refresh: boolean;
  /** The processor architecture in Debian's and OCI's words. */
  readonly architecture: 'amd64' | 'arm64';
  /** Takes one line about what is being done. */
  progress(line: string): void;
}

/** How the images of one repository of the library are made. */
export interface Recipe {
  readonly name: string;
  readonly summary: string;
  build(context: RecipeContext): Promise<readonly RecipeImage[]>;
}

/** The labels that every image of the library carries; `madeOf` says plainly where the content comes from. */
export function labels(title: string, version: string, madeOf: string, licenses: string): Record<string, string> {
  return {
    'org.opencontainers.image.title': title,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.description': madeOf,
    'org.opencontainers.image.licenses': licenses,
    'org.opencontainers.image.vendor': 'Wharf',
  };
}
