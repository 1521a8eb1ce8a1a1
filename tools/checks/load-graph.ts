import { filesOf, read, sourceFiles } from '../lib/tree.ts';
import { type Graph, graphOf, type Manifest, packageOf } from './graph.ts';

/** Reads all sources and manifests of the tree at `base`. */
export function loadGraph(base?: string): Graph {
  const paths = sourceFiles(base);
  const texts = new Map(paths.map((path) => [path, read(path, base)] as const));
  const manifests = new Map<string, Manifest>();
  for (const path of ['package.json', ...filesOf('packages/*/package.json', base)]) {
    manifests.set(packageOf(path) ?? '', JSON.parse(read(path, base)) as Manifest);
  }
  return graphOf(texts, manifests);
}
