import { fail } from '../errors.ts';
import { actionValue, isPermissive, RETURN, RETURN_ENOSYS } from './actions.ts';
import {
  ARCHITECTURES,
  architectureOf,
  type NativeArchitecture,
  type SeccompArchitecture,
  X32_BIT,
} from './architectures.ts';
import {
  answer,
  BPF,
  branch,
  compare,
  DATA,
  encodeFilter,
  type Instruction,
  load,
  MAX_INSTRUCTIONS,
  whenEqual,
} from './bpf.ts';
import { compileConditions } from './conditions.ts';
import { type Decision, type DecisionTable, decide } from './decisions.ts';
import type { SeccompConfig } from './profile.ts';

const FLAGS: Readonly<Record<string, number>> = {
  // One thread calls seccomp(2), so there is nothing to synchronise.
  SECCOMP_FILTER_FLAG_TSYNC: 0,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
};
const SPEC_ALLOW = 4;

/** What the SECCOMP step of a cell program takes. */
export interface SeccompFilter {
  /** Flags of seccomp(2). */
  readonly flags: number;
  /** struct sock_filter[], little endian. */
  readonly filter: Uint8Array;
}

/**
 * Compiles a profile to a classic BPF filter for the machine's architecture and those of the profile. Foreign
 * architectures end the thread. Calls above the highest number that the profile names get ENOSYS, unless the default
 * lets calls through; all others that no rule names get the default action. Unknown call names are ignored. A rule
 * without conditions wins over those with; otherwise the first that matches wins. Throws INVALID_SECCOMP_PROFILE.
 */
export function compileSeccomp(config: SeccompConfig, native: NativeArchitecture): SeccompFilter {
  const fallback = actionValue(config.defaultAction, config.defaultErrnoRet);
  const newer = isPermissive(config.defaultAction) ? undefined : RETURN_ENOSYS;
  const architectures = listArchitectures(config, native);
  const table = (arch: SeccompArchitecture) => searchTree(decide(config, arch, fallback, newer));
  const parts = architectures
    .filter((arch) => arch !== 'x32')
    .map((arch): [number, Instruction[]] => {
      const calls = table(arch);
      if (arch !== 'x86_64') return [ARCHITECTURES[arch].audit, calls];
      const x32 = architectures.includes('x32') ? table('x32') : refuseX32(fallback);
      return [ARCHITECTURES[arch].audit, branch(X32_BIT, calls, x32)];
    });
  const instructions = [
    load(DATA.architecture),
    ...parts.flatMap(([audit, part]) => whenEqual(audit, [load(DATA.number), ...part])),
    answer(RETURN.killThread),
  ];
  if (instructions.length > MAX_INSTRUCTIONS) {
    throw fail('INVALID_SECCOMP_PROFILE', `seccomp profile: the filter would have ${instructions.length} instructions`);
  }
  return { flags: flagsOf(config.flags), filter: encodeFilter(instructions) };
}

/** The machine's own first: it is nearly always the one asked about. */
function listArchitectures(config: SeccompConfig, native: NativeArchitecture): SeccompArchitecture[] {
  const named = (config.architectures ?? []).map((scmp) => {
    if (!/^SCMP_ARCH_[A-Z0-9_]+$/.test(scmp)) {
      throw fail('INVALID_SECCOMP_PROFILE', `seccomp profile: invalid architecture ${JSON.stringify(scmp)}`);
    }
    return architectureOf(scmp);
  });
  const compatible = native === 'x86_64' ? ['x86_64', 'x86', 'x32'] : ['aarch64', 'arm'];
  const wanted = named.filter((arch) => arch !== undefined && arch !== native && compatible.includes(arch));
  return [...new Set([native, ...(wanted as SeccompArchitecture[])])];
}

/** Call number -1 has the x32 bit too, but is only how a tracer says "skip this call". */
function refuseX32(fallback: number): Instruction[] {
  return [compare(BPF.jumpEqual, 0xffffffff, 0, 1), answer(fallback), answer(RETURN.killThread)];
}

function flagsOf(flags: readonly string[] | undefined): number {
  if (flags === undefined) return SPEC_ALLOW;
  return flags.reduce((sum, flag) => {
    const value = FLAGS[flag];
    if (value === undefined) {
      throw fail('INVALID_SECCOMP_PROFILE', `seccomp profile: flag ${JSON.stringify(flag)} is not supported`);
    }
    return sum | value;
  }, 0);
}

/** Finds the call's range by halving: about eight comparisons, however many calls the profile names. */
function searchTree(table: DecisionTable): Instruction[] {
  if (table.length <= 1) return leaf(table[0]?.decision ?? { fallback: RETURN.killThread, rules: [] });
  const middle = table.length >> 1;
  const from = table.slice(middle);
  return branch(from[0]?.from ?? 0, searchTree(table.slice(0, middle)), searchTree(from));
}

function leaf(decision: Decision): Instruction[] {
  const rules = decision.rules.flatMap((rule) => [...compileConditions(rule.args, 1), answer(rule.value)]);
  return [...rules, answer(decision.fallback)];
}
