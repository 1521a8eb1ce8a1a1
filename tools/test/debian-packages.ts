import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { commandSync } from '../lib/command.spawn.ts';

/** Debian packages that the tests use as judges of our work. The product itself needs none of them. */
export const packages: Readonly<Record<string, string>> = {
  'docker-registry': 'a registry that people really run: push and pull both ways',
  skopeo: 'another client of registries: copies to and from our Hub',
  nftables: 'reads back the rules that we send to the kernel; finds tables that a test left behind',
  iproute2: 'reads back the interfaces and addresses that we make',
};

const POLICY = '/usr/sbin/policy-rc.d';

/** Installs what is missing, if that is allowed; returns a sentence about what stays missing, or undefined. */
export function installDebianPackages(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const missing = Object.keys(packages).filter((name) => !isInstalled(name));
  if (missing.length === 0) return undefined;
  const hint = `missing Debian packages: apt-get install -y ${missing.join(' ')}`;
  if (env['WHARF_NO_APT'] === '1' || process.getuid?.() !== 0) return hint;
  process.stdout.write(`installing Debian packages: ${missing.join(', ')}\n`);
  const install = () =>
    commandSync('apt-get', ['install', '-y', '--no-install-recommends', ...missing], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  const result = withoutServices(() => {
    const first = install();
    if (first.ok) return first;
    commandSync('apt-get', ['update']);
    return install();
  });
  return result.ok ? undefined : `${result.output.trimEnd()}\n${hint}`;
}

function isInstalled(name: string): boolean {
  return commandSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).output === 'installed';
}

/** Runs `work` while Debian's policy forbids packages to start their services (a registry on port 5000, …). */
function withoutServices<T>(work: () => T): T {
  if (existsSync(POLICY)) return work();
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(POLICY);
  }
}
