import { type Lockfile, missingEntries } from '../complete-lockfile.ts';
import type { Manifest } from './graph.ts';
import type { Problem } from './problem.ts';

const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
const HELP = 'run npm install --package-lock-only && node tools/complete-lockfile.ts';

/** The lockfile agrees with all manifests, is complete for `npm ci`, and names no package that runs code when installed. */
export function checkLockfile(
  lock: Lockfile,
  manifests: ReadonlyMap<string, Manifest>,
  scripts: Readonly<Record<string, string>>,
): Problem[] {
  const problems: Problem[] = [];
  const add = (what: string) => problems.push({ where: 'package-lock.json', what });
  for (const key of Object.keys(missingEntries(lock))) add(`${key} is missing: run node tools/complete-lockfile.ts`);
  for (const [name, manifest] of manifests) {
    const entry: Manifest | undefined = lock.packages[name === '' ? '' : `packages/${name}`];
    for (const field of FIELDS) {
      if (canonical(entry?.[field]) !== canonical(manifest[field]))
        add(`${field} of ${name || 'the root'} differ: ${HELP}`);
    }
  }
  for (const [key, entry] of Object.entries(lock.packages)) {
    const name = key.replace(/^.*node_modules\//, '');
    if (entry.hasInstallScript === true && !(name in scripts))
      add(`${name} runs a script when it is installed: do without it`);
  }
  return problems;
}

function canonical(list: Readonly<Record<string, string>> | undefined): string {
  return JSON.stringify(Object.entries(list ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}
