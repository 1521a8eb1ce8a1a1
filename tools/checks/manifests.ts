import { isTest } from '../lib/tree.ts';
import { type Graph, type Manifest, packageOf, targetOf } from './graph.ts';
import type { Problem } from './problem.ts';

/** package.json of every package names exactly what its code imports, external packages in one exact version. */
export function checkManifests(graph: Graph): Problem[] {
  const problems: Problem[] = [];
  const root = Object.keys({ ...graph.manifests.get('')?.devDependencies });
  for (const [name, manifest] of graph.manifests) {
    const where = name === '' ? 'package.json' : `packages/${name}/package.json`;
    problems.push(...pinning(where, manifest));
    if (name === '') continue;
    const used = usedBy(graph, name);
    const declared = Object.keys(manifest.dependencies ?? {});
    for (const dependency of used.code) {
      if (!declared.includes(dependency))
        problems.push({ where, what: `imports ${dependency} but does not declare it` });
    }
    for (const dependency of declared) {
      if (!used.code.has(dependency)) problems.push({ where, what: `declares ${dependency} but does not import it` });
    }
    for (const dependency of used.tests) {
      if (dependency.startsWith('@wharf/') || declared.includes(dependency) || root.includes(dependency)) continue;
      if (dependency in (manifest.devDependencies ?? {})) continue;
      problems.push({ where, what: `its tests import ${dependency}: declare it under devDependencies` });
    }
  }
  return problems;
}

/** What the code and the tests of a package import, by package name. */
export function usedBy(graph: Graph, name: string): { code: Set<string>; tests: Set<string> } {
  const used = { code: new Set<string>(), tests: new Set<string>() };
  for (const [path, imports] of graph.files) {
    if (packageOf(path) !== name) continue;
    const forTests = name === 'testkit' ? path.endsWith('.test.ts') : isTest(path);
    const set = forTests ? used.tests : used.code;
    for (const item of imports) {
      const target = targetOf(path, item.specifier);
      if (target.kind === 'package') set.add(`@wharf/${target.name}`);
      if (target.kind === 'external') set.add(target.name);
    }
  }
  return used;
}

function pinning(where: string, manifest: Manifest): Problem[] {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  return Object.entries(all)
    .filter(([name, version]) => !(name.startsWith('@wharf/') ? version === '*' : /^\d+\.\d+\.\d+/.test(version)))
    .map(([name, version]) => ({ where, what: `${name} is "${version}": name one exact version` }));
}
