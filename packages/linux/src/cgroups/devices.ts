import type { OciDeviceRule } from '@wharf/spec';
import { fail } from '../errors.ts';

/** What is allowed or refused apart from the default: `major`/`minor` undefined is any. Access is a subset of "rwm". */
export interface DeviceException {
  readonly type: 'b' | 'c';
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly access: string;
}

/** A device policy: all are allowed (or refused) but the exceptions. */
export interface DevicePolicy {
  readonly allow: boolean;
  readonly exceptions: readonly DeviceException[];
}

/**
 * Applies the rules in order, as writing them one by one to a v1 group does: a rule of type `a` (or none) sets the
 * default and forgets the exceptions; another one adds an exception if it says the contrary of the default, or takes
 * its access out of the exception with the same numbers. Throws INVALID_RESOURCES.
 */
export function devicePolicy(rules: readonly OciDeviceRule[]): DevicePolicy {
  let allow = true;
  const exceptions = new Map<string, DeviceException>();
  for (const rule of rules) {
    const access = accessOf(rule);
    if (rule.type === undefined || rule.type === 'a') {
      allow = rule.allow;
      exceptions.clear();
      continue;
    }
    const [major, minor] = [anyNumber(rule.major), anyNumber(rule.minor)];
    const key = `${rule.type} ${major}:${minor}`;
    const before = exceptions.get(key)?.access ?? '';
    const after = [...'rwm'].filter((letter) =>
      rule.allow === allow
        ? before.includes(letter) && !access.includes(letter)
        : before.includes(letter) || access.includes(letter),
    );
    if (after.length === 0) exceptions.delete(key);
    else exceptions.set(key, { type: rule.type, major, minor, access: after.join('') });
  }
  return { allow, exceptions: [...exceptions.values()] };
}

/** The policy as writes to `devices.allow` and `devices.deny` of a v1 group. */
export function deviceWrites(policy: DevicePolicy): { readonly file: string; readonly data: string }[] {
  const exceptionFile = policy.allow ? 'devices.deny' : 'devices.allow';
  return [
    { file: policy.allow ? 'devices.allow' : 'devices.deny', data: 'a' },
    ...policy.exceptions.map(({ type, major, minor, access }) => ({
      file: exceptionFile,
      data: `${type} ${major ?? '*'}:${minor ?? '*'} ${access}`,
    })),
  ];
}

/** OCI and Docker write "any number" as absent or -1. */
function anyNumber(value: number | undefined): number | undefined {
  if (value === undefined || value === -1) return undefined;
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw fail('INVALID_RESOURCES', `invalid device number ${value}`);
}

function accessOf(rule: OciDeviceRule): string {
  const access = rule.access ?? 'rwm';
  if (/^[rwm]{0,3}$/.test(access) && ['a', 'b', 'c', undefined].includes(rule.type)) return access;
  throw fail('INVALID_RESOURCES', `invalid device rule ${JSON.stringify(rule)}`);
}
