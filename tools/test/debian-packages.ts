import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandSync } from '../lib/command.spawn.ts';

/** A Debian package that the tests use as a judge of our work. The product itself needs none of them. */
interface DebianPackage {
  readonly name: string;
  /** It counts as installed when this program is found, or the file with this absolute path. */
  readonly program: string;
  readonly why: string;
}

export const packages: readonly DebianPackage[] = [
  { name: 'docker.io', program: 'docker', why: 'the real client must work against our socket' },
  { name: 'docker-registry', program: 'docker-registry', why: 'a registry that people run: push and pull both ways' },
  { name: 'skopeo', program: 'skopeo', why: 'another client of registries: copies to and from our Hub' },
  { name: 'nftables', program: 'nft', why: 'reads back the rules that we send; finds tables that a test left' },
  { name: 'runc', program: 'runc', why: 'runs the same bundles as wharf-oci, and containers with --runtime' },
  { name: 'crun', program: 'crun', why: 'another such runtime' },
  { name: 'podman', program: 'podman', why: 'runs containers with wharf-oci' },
  {
    name: 'python3-docker',
    program: '/usr/lib/python3/dist-packages/docker/__init__.py',
    why: 'a client that people write programs with must work against our socket',
  },
  { name: 'iproute2', program: 'ip', why: 'reads back the interfaces and addresses that we make' },
];

const POLICY = '/usr/sbin/policy-rc.d';

/** Installs what is missing, if that is allowed; returns a sentence about what stays missing, or undefined. */
export function installDebianPackages(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const missing = packages.filter(({ program }) => !isInstalled(program)).map(({ name }) => name);
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

function isInstalled(program: string): boolean {
  if (program.startsWith('/')) return existsSync(program);
  return ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((directory) =>
    existsSync(join(directory, program)),
  );
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
