import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CAPABILITY_NAMES } from '@wharf/linux';
import { HOOK_KINDS } from '@wharf/runtime';
import { SPEC } from '../config/spec-template.ts';
import { fail } from '../errors.ts';
import { parseFlags } from '../flags.ts';
import type { Command } from './command.ts';

/** `spec`: an example of a config.json. */
export const spec: Command = async (host, args) => {
  const flags = parseFlags(args, { bundle: 'value', rootless: 'flag' }, { b: 'bundle' });
  if (flags.has('rootless')) throw fail('OCI_USAGE', '--rootless is not supported');
  const path = resolve(host.cwd, flags.text('bundle') ?? '.', 'config.json');
  if (existsSync(path)) throw fail('OCI_USAGE', `File ${path} exists. Remove it first`);
  writeFileSync(path, `${JSON.stringify(SPEC, null, '\t')}\n`, { mode: 0o666, flag: 'wx' });
  return 0;
};

/** `features`: what config.json may ask for (runtime-spec, features.md). */
export const features: Command = async (host) => {
  const document = {
    ociVersionMin: '1.0.0',
    ociVersionMax: '1.2.0',
    hooks: HOOK_KINDS,
    mountOptions: MOUNT_OPTIONS,
    linux: {
      namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'user', 'uts'],
      capabilities: CAPABILITY_NAMES,
      cgroup: { v1: true, v2: true, systemd: false, systemdUser: false },
      seccomp: { enabled: true, operators: OPERATORS },
      apparmor: { enabled: true },
      selinux: { enabled: false },
    },
  };
  host.print(`${JSON.stringify(document, null, 2)}\n`);
  return 0;
};

const MOUNT_OPTIONS = [
  ...['async', 'atime', 'bind', 'defaults', 'dev', 'diratime', 'exec', 'noatime', 'nodev', 'nodiratime', 'noexec'],
  ...['norelatime', 'nostrictatime', 'nosuid', 'nosymfollow', 'private', 'rbind', 'relatime', 'ro', 'rprivate', 'rro'],
  ...['rshared', 'rslave', 'runbindable', 'rw', 'shared', 'slave', 'strictatime', 'suid', 'symfollow', 'unbindable'],
];

const OPERATORS = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map((name) => `SCMP_CMP_${name}`);
