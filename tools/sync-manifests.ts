/**
 * Makes every package.json name exactly the @wharf packages that its code imports. External dependencies are left to
 * people. Run `npm install --package-lock-only && node tools/complete-lockfile.ts` afterwards.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadGraph } from './checks/load-graph.ts';
import { usedBy } from './checks/manifests.ts';
import { root } from './lib/tree.ts';

/** The dependencies with the internal ones replaced by `used`, sorted by name. */
export function syncDependencies(
  declared: Readonly<Record<string, string>>,
  used: Iterable<string>,
): Record<string, string> {
  const external = Object.entries(declared).filter(([name]) => !name.startsWith('@wharf/'));
  const internal = [...used].filter((name) => name.startsWith('@wharf/')).map((name) => [name, '*'] as const);
  return Object.fromEntries([...internal, ...external].sort(([a], [b]) => (a < b ? -1 : 1)));
}

if (import.meta.main) {
  const graph = loadGraph();
  for (const name of graph.manifests.keys()) {
    if (name === '') continue;
    const path = join(root, 'packages', name, 'package.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { dependencies?: Record<string, string> };
    const dependencies = syncDependencies(manifest.dependencies ?? {}, usedBy(graph, name).code);
    writeFileSync(path, `${JSON.stringify({ ...manifest, dependencies }, null, 2)}\n`);
  }
}
