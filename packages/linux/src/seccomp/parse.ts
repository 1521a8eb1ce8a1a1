import { messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import {
  type ConditionalRule,
  OPERATORS,
  type SeccompArgument,
  type SeccompCondition,
  type SeccompProfile,
} from './profile.ts';

const MAX_TEXT = 1024 * 1024;
const MAX_ITEMS = 4096;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a profile in Docker's or OCI's JSON form, as `--security-opt seccomp=…` sends it. Numbers beyond 2^53 stay exact
 * (bigint). Bounded: 1 MiB of text, 4096 rules, names or conditions in one list. Throws INVALID_SECCOMP_PROFILE.
 */
export function parseSeccompProfile(text: string): SeccompProfile {
  if (text.length > MAX_TEXT) throw invalid('it is larger than 1 MiB');
  let value: unknown;
  try {
    value = JSON.parse(text, exactNumbers);
  } catch (cause) {
    throw fail('INVALID_SECCOMP_PROFILE', `Decoding seccomp profile failed: ${messageOf(cause)}`, { cause });
  }
  const profile = object(value, 'profile');
  const archMap = list(profile['archMap'], 'archMap').map((entry) => {
    const mapping = object(entry, 'archMap');
    const subArchitectures = strings(mapping['subArchitectures'], 'subArchitectures');
    return { architecture: string(mapping['architecture'], 'architecture'), subArchitectures };
  });
  const architectures = strings(profile['architectures'], 'architectures');
  if (archMap.length > 0 && architectures.length > 0) {
    throw fail(
      'INVALID_SECCOMP_PROFILE',
      "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  }
  return {
    defaultAction: string(profile['defaultAction'], 'defaultAction'),
    ...optional('defaultErrnoRet', profile['defaultErrnoRet'], integer),
    architectures,
    archMap,
    ...optional('flags', profile['flags'], strings),
    syscalls: list(profile['syscalls'], 'syscalls').map(parseRule),
  };
}

function parseRule(value: unknown): ConditionalRule {
  const rule = object(value, 'syscalls');
  const names = strings(rule['names'], 'names');
  // Profiles older than Docker 17.06 have one name a rule.
  const single = rule['name'] === undefined || rule['name'] === '' ? [] : [string(rule['name'], 'name')];
  if (names.length > 0 && single.length > 0) {
    throw fail(
      'INVALID_SECCOMP_PROFILE',
      "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'",
    );
  }
  const args = list(rule['args'], 'args');
  return {
    names: [...names, ...single],
    action: string(rule['action'], 'action'),
    ...optional('errnoRet', rule['errnoRet'], integer),
    ...(args.length === 0 ? {} : { args: args.map(parseArgument) }),
    ...optional('includes', rule['includes'], parseCondition),
    ...optional('excludes', rule['excludes'], parseCondition),
  };
}

function parseArgument(value: unknown): SeccompArgument {
  const argument = object(value, 'args');
  const op = OPERATORS.find((operator) => operator === argument['op']);
  if (op === undefined) throw invalid(`unknown operator ${JSON.stringify(argument['op'])}`);
  const index = integer(argument['index'], 'index');
  if (index > 5) throw invalid(`a call has no argument ${index}`);
  return {
    index,
    op,
    value: word(argument['value'] ?? 0, 'value'),
    ...optional('valueTwo', argument['valueTwo'], word),
  };
}

function parseCondition(value: unknown): SeccompCondition {
  const condition = object(value, 'includes');
  const minKernel = condition['minKernel'];
  if (minKernel !== undefined && !(typeof minKernel === 'string' && /^\d{1,4}\.\d{1,4}$/.test(minKernel))) {
    throw invalid(`invalid kernel version ${JSON.stringify(minKernel)}, want "<kernel>.<major>"`);
  }
  return {
    caps: strings(condition['caps'], 'caps'),
    arches: strings(condition['arches'], 'arches'),
    ...(minKernel === undefined ? {} : { minKernel }),
  };
}

/** JSON.parse would round 64-bit masks; the source text of the number does not. */
function exactNumbers(_: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d{1,20}$/.test(source) ? BigInt(source) : value;
}

function optional<Key extends string, Value>(key: Key, value: unknown, parse: (value: unknown, name: string) => Value) {
  return (value === undefined || value === null ? {} : { [key]: parse(value, key) }) as { readonly [K in Key]?: Value };
}

function object(value: unknown, name: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw invalid(`${name} has to be an object`);
}

function list(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.length <= MAX_ITEMS) return value;
  throw invalid(`${name} has to be a list of at most ${MAX_ITEMS} items`);
}

function strings(value: unknown, name: string): string[] {
  return list(value, name).map((item) => string(item, name));
}

function string(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw invalid(`${name} has to be a string`);
}

function integer(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`${name} has to be a number`);
}

function word(value: unknown, name: string): number | bigint {
  const valid = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (valid && value >= 0 && value < 1n << 64n) return value;
  throw invalid(`${name} has to be an unsigned 64-bit number`);
}

function invalid(why: string) {
  return fail('INVALID_SECCOMP_PROFILE', `Decoding seccomp profile failed: ${why}`);
}
