import { readFileSync } from 'node:fs';
import { inChild, type Program } from '@wharf/linux';
import { fail } from '../errors.ts';

const O_WRONLY = 1;

function isEnabled(): boolean {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y');
  } catch {
    return false;
  }
}

/**
 * The program with a step that has the process confined by an AppArmor profile from its execve on (apparmor(7)): while
 * /proc is still the host's, because in the container something else may be there (CVE-2019-16884). Throws OCI_CONFIG
 * where the machine has no AppArmor: who asked for a profile must not get a process without.
 */
export function withAppArmor(
  program: Program,
  profile: string | undefined,
  enabled: () => boolean = isEnabled,
): Program {
  if (profile === undefined) return program;
  if (!enabled()) throw fail('OCI_CONFIG', 'apparmor: config provided but apparmor not supported');
  const path = '/proc/self/attr/apparmor/exec';
  const data = Buffer.from(`exec ${profile}`);
  const at = program.findIndex(({ op }) => op.op === 'PIVOT' || op.op === 'JOIN');
  const step = inChild({ op: 'WRITE_FILE', path, flags: O_WRONLY, mode: 0, data });
  return [...program.slice(0, at), step, ...program.slice(at)];
}
