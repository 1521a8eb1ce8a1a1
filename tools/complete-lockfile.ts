/**
 * Adds to package-lock.json the entries that npm leaves out when the registry in use does not carry the builds of a
 * package for foreign platforms. `npm ci` refuses a lockfile in which an optional dependency is missing, even one that
 * this platform never installs. Run it after every `npm install`; with --check it only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './checks/graph.ts';

/** The part of an entry of package-lock.json (version 3) that matters here. */
export interface LockEntry extends Manifest {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** Reads the platform out of a package name such as `@biomejs/cli-linux-arm64-musl`; undefined if it names none. */
export function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.find((word) => words.includes(word));
  const cpu = PROCESSORS.find((word) => words.includes(word));
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : undefined;
  return { cpu: [cpu], ...(libc === undefined ? {} : { libc }), os: [os] };
}

/** The missing entries by lockfile key. They carry no integrity: they only say why the package is not installed. */
export function missingEntries(lock: Lockfile): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {};
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const key = `node_modules/${name}`;
      const platform = platformOf(name);
      if (key in lock.packages || platform === undefined) continue;
      const { cpu, os, ...libc } = platform;
      // In the order in which npm writes the fields, so that its next run changes nothing.
      missing[key] = { version, cpu, ...(entry.dev === true ? { dev: true } : {}), ...libc, optional: true, os };
    }
  }
  return missing;
}

/** The lockfile with the missing entries in npm's order. */
export function completeLockfile(lock: Lockfile): Lockfile {
  const all = { ...lock.packages, ...missingEntries(lock) };
  const keys = Object.keys(all).sort((a, b) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(keys.map((key) => [key, all[key] ?? {}])) };
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as Lockfile;
  const count = Object.keys(missingEntries(lock)).length;
  if (count > 0 && process.argv.includes('--check')) {
    process.stderr.write(`package-lock.json lacks ${count} optional entries: run node tools/complete-lockfile.ts\n`);
    process.exitCode = 1;
  } else if (count > 0) {
    writeFileSync(path, `${JSON.stringify(completeLockfile(lock), null, 2)}\n`);
  }
}
