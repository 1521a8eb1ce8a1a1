import { messageOf } from '@wharf/kit';
import type { HostConfig } from '@wharf/spec';
import { fail } from '../errors.ts';
import { MASKED_PATHS, READONLY_PATHS } from './defaults.ts';

/** What `--security-opt` and `--privileged` come to. */
export interface SecurityChoice {
  readonly noNewPrivileges: boolean;
  /** `default`, `unconfined`, or the text of a profile. */
  readonly seccomp: 'default' | 'unconfined' | { readonly profile: unknown };
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  /** Whether the container may make groups below its own; undefined: only when it is privileged. */
  readonly writableCgroups: boolean | undefined;
}

function parseProfile(text: string): { readonly profile: unknown } {
  try {
    return { profile: JSON.parse(text) as unknown };
  } catch (cause) {
    throw fail('BAD_CONFIG', `Decoding seccomp profile failed: ${messageOf(cause)}`, { cause });
  }
}

function parseSwitch(option: string, value: string): boolean {
  if (value === '' || value === 'true') return true;
  if (value === 'false') return false;
  throw fail('BAD_CONFIG', `invalid --security-opt 2: "${option}"`);
}

/** Reads the options (`name=value` or `name:value`). Throws BAD_CONFIG for one that this machine cannot honour. */
export function buildSecurity(hostConfig: HostConfig): SecurityChoice {
  const privileged = hostConfig.Privileged ?? false;
  let noNewPrivileges = false;
  let seccomp: SecurityChoice['seccomp'] = privileged ? 'unconfined' : 'default';
  let systemPaths = privileged;
  let writableCgroups: boolean | undefined;
  for (const option of hostConfig.SecurityOpt ?? []) {
    const at = option.search(/[=:]/);
    const name = at < 0 ? option : option.slice(0, at);
    const value = at < 0 ? '' : option.slice(at + 1);
    if (name === 'no-new-privileges') noNewPrivileges = parseSwitch(option, value);
    else if (name === 'writable-cgroups') writableCgroups = parseSwitch(option, value);
    else if (name === 'seccomp') {
      if (value === 'unconfined') seccomp = 'unconfined';
      else seccomp = value === 'builtin' || value === 'default' ? 'default' : parseProfile(value);
    } else if (name === 'systempaths' && value === 'unconfined') systemPaths = true;
    else if (name === 'label' || (name === 'apparmor' && value === 'unconfined')) continue;
    else if (name === 'apparmor') {
      throw fail('BAD_CONFIG', `apparmor profile "${value}" cannot be used: AppArmor is not enabled on this machine`);
    } else throw fail('BAD_CONFIG', `invalid --security-opt 2: "${option}"`);
  }
  return {
    noNewPrivileges,
    writableCgroups,
    seccomp,
    maskedPaths: hostConfig.MaskedPaths ?? (systemPaths ? [] : MASKED_PATHS),
    readonlyPaths: hostConfig.ReadonlyPaths ?? (systemPaths ? [] : READONLY_PATHS),
  };
}
