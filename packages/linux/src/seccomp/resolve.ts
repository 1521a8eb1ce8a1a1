import { ARCHITECTURES, type NativeArchitecture } from './architectures.ts';
import type { ConditionalRule, SeccompCondition, SeccompConfig, SeccompProfile, SeccompRule } from './profile.ts';

/** What the conditions of a profile are asked about. */
export interface SeccompContext {
  readonly architecture: NativeArchitecture;
  /** Release of the running kernel: major, minor. */
  readonly kernel: readonly [number, number];
  /** The container's bounding set, full names. */
  readonly capabilities: readonly string[];
}

/**
 * Decides the conditions of a profile, as Docker does, and gives the rules that are left: what an OCI config.json
 * carries. A rule counts when everything it includes holds (any of the architectures, all of the capabilities, a kernel
 * at least as new) and nothing that it excludes does.
 */
export function resolveSeccomp(profile: SeccompProfile, context: SeccompContext): SeccompConfig {
  const native = ARCHITECTURES[context.architecture];
  const mapped = (profile.archMap ?? [])
    .filter(({ architecture }) => architecture === native.scmp)
    .flatMap(({ architecture, subArchitectures }) => [architecture, ...(subArchitectures ?? [])]);
  const rules = (profile.syscalls ?? []).filter((rule) => counts(rule, context)).map(plainRule);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: [...(profile.architectures ?? []), ...mapped],
    ...(profile.flags === undefined ? {} : { flags: profile.flags }),
    syscalls: rules,
  };
}

function plainRule(rule: ConditionalRule): SeccompRule {
  return {
    names: rule.names,
    action: rule.action,
    ...(rule.errnoRet === undefined ? {} : { errnoRet: rule.errnoRet }),
    ...(rule.args === undefined || rule.args.length === 0 ? {} : { args: rule.args }),
  };
}

function counts({ includes = {}, excludes = {} }: ConditionalRule, context: SeccompContext): boolean {
  const arch = ARCHITECTURES[context.architecture].docker;
  const has = (capability: string) => context.capabilities.includes(capability);
  if (excludes.arches?.includes(arch) || excludes.caps?.some(has) || newEnough(excludes, context)) return false;
  if (includes.arches !== undefined && includes.arches.length > 0 && !includes.arches.includes(arch)) return false;
  if (includes.caps?.some((capability) => !has(capability))) return false;
  return includes.minKernel === undefined || newEnough(includes, context);
}

function newEnough({ minKernel }: SeccompCondition, { kernel }: SeccompContext): boolean {
  if (minKernel === undefined) return false;
  const [major = 0, minor = 0] = minKernel.split('.').map(Number);
  return kernel[0] > major || (kernel[0] === major && kernel[1] >= minor);
}
