import { dirname, join } from 'node:path/posix';
import { type Import, importsOf } from './imports.ts';

/** What package.json says that matters for boundaries. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** All sources with their imports, and the manifests of the packages by short name ('' is the root's). */
export interface Graph {
  readonly files: ReadonlyMap<string, readonly Import[]>;
  readonly manifests: ReadonlyMap<string, Manifest>;
}

/** Builds the graph from paths and texts. */
export function graphOf(texts: ReadonlyMap<string, string>, manifests: ReadonlyMap<string, Manifest>): Graph {
  const files = new Map([...texts].map(([path, text]) => [path, importsOf(text)] as const));
  return { files, manifests };
}

/** The package that a path belongs to, or undefined outside packages/. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** Where an import leads. */
export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string; readonly deep: boolean }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'external'; readonly name: string };

/** Resolves an import as written in the file at `from`. */
export function targetOf(from: string, specifier: string): Target {
  if (specifier.startsWith('.')) return { kind: 'file', path: join(dirname(from), specifier) };
  if (specifier.startsWith('node:')) return { kind: 'builtin', name: specifier };
  const parts = specifier.split('/');
  if (parts[0] === '@wharf') return { kind: 'package', name: parts[1] ?? '', deep: parts.length > 2 };
  return { kind: 'external', name: specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '') };
}
