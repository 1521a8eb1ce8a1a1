import { existsSync, globSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { commandSync } from '../lib/command.spawn.ts';
import { Failure } from '../lib/failure.ts';
import { root } from '../lib/tree.ts';

/** Packages whose programs the guest gets. */
const PACKAGES = [
  ...[
    'bash',
    'coreutils',
    'dash',
    'diffutils',
    'e2fsprogs',
    'findutils',
    'grep',
    'gzip',
    'hostname',
    'iproute2',
    'kmod',
  ],
  ...['mawk', 'mount', 'nftables', 'passwd', 'procps', 'sed', 'tar', 'util-linux'],
];
/** Programs that it gets when they are installed: other runtimes, and Debian's dockerd, the oracle of the tests. */
const PROGRAMS = [
  ...['awk', 'crun', 'docker', 'runc', 'dockerd', 'containerd', 'containerd-shim-runc-v2', 'docker-init'],
  ...['docker-proxy', 'iptables'],
];
const FILES = [
  ...['/bin', '/sbin', '/lib', '/lib64', '/bin/sh'],
  ...[
    'passwd',
    'group',
    'nsswitch.conf',
    'ld.so.cache',
    'ld.so.conf',
    'protocols',
    'services',
    'login.defs',
    'subuid',
    'subgid',
  ].map((name) => `/etc/${name}`),
];
const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The path of an installed program. */
export function programPath(name: string): string | undefined {
  return DIRECTORIES.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

/** A path and every symbolic link on the way to it, as absolute paths without links in their directories. */
export function withLinks(path: string): string[] {
  const links: string[] = [];
  let at = '/';
  const parts = path.split('/').filter((part) => part !== '');
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const next = join(at, part);
    if (lstatSync(next).isSymbolicLink()) {
      links.push(next);
      const target = resolve(dirname(next), readlinkSync(next));
      return [...links, ...withLinks(join(target, ...parts))];
    }
    at = next;
  }
  return [...links, at];
}

/** The shared libraries of programs, by ldd(1), which has an exit status for static ones that does not matter. */
export function librariesOf(programs: readonly string[]): string[] {
  const { output } = commandSync('ldd', programs);
  return [...new Set(output.match(/\/[^\s:()]+\.so[^\s:()]*/g))];
}

/** All files of this machine that the guest's root is made of, sorted, links included. Throws Failure. */
export function hostFiles(): string[] {
  const listing = commandSync('dpkg', ['-L', ...PACKAGES]);
  if (!listing.ok) throw new Failure(`the guest is made of Debian's programs:\n${listing.output}`);
  const fromPackages = listing.output
    .split('\n')
    .filter((path) => /^(\/usr)?\/s?bin\/./.test(path) && existsSync(path));
  const programs = [...fromPackages, ...PROGRAMS.flatMap((name) => programPath(name) ?? [])];
  const extensions = globSync('/usr/lib/*/xtables/*.so');
  const built = ['build/node', 'build/wharf'].map((path) => join(root, path)).filter((path) => existsSync(path));
  const all = [
    ...programs,
    ...extensions,
    ...librariesOf([...programs, ...extensions, ...built]),
    ...FILES.filter((path) => existsSync(path)),
  ];
  return [...new Set(all.flatMap(withLinks))].filter((path) => !lstatSync(path).isDirectory()).sort();
}
