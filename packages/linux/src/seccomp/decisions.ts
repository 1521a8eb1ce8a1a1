import { fail } from '../errors.ts';
import { actionValue } from './actions.ts';
import { ARM_PRIVATE, type SeccompArchitecture, syscallNumbers, X32_BIT, X86_MULTIPLEXED } from './architectures.ts';
import type { SeccompArgument, SeccompConfig, SeccompRule } from './profile.ts';

/** What happens to a call: the first rule whose conditions all hold, else the fallback (SECCOMP_RET_* values). */
export interface Decision {
  readonly fallback: number;
  readonly rules: readonly { readonly args: readonly SeccompArgument[]; readonly value: number }[];
}

/** Ranges of call numbers, ascending; each ends where the next begins. */
export type DecisionTable = readonly { readonly from: number; readonly decision: Decision }[];

type CallRule = Decision['rules'][number];

/**
 * Works out what a profile says about every call number of an architecture.
 *
 * @param newer value for numbers above the highest that the profile names; undefined: the fallback.
 */
export function decide(
  config: SeccompConfig,
  arch: SeccompArchitecture,
  fallback: number,
  newer: number | undefined,
): DecisionTable {
  const numbers = syscallNumbers(arch);
  const calls = new Map<number, CallRule[]>();
  let highest = -1;
  for (const rule of config.syscalls ?? []) {
    const value = actionValue(rule.action, rule.errnoRet);
    for (const name of rule.names) {
      const number = numbers.get(name);
      if (number !== undefined && number < (arch === 'arm' ? ARM_PRIVATE : Infinity))
        highest = Math.max(highest, number);
      if (value === fallback) continue;
      for (const call of callsOf(arch, numbers, name, rule)) {
        const rules = calls.get(call.number) ?? [];
        rules.push(...call.conditions.map((args) => ({ args, value })));
        calls.set(call.number, rules);
      }
    }
  }
  const points = new Map([...calls].map(([number, rules]) => [number, decisionOf(rules, fallback)]));
  return toRanges(points, arch, fallback, highest < 0 ? undefined : newer, highest);
}

/** The numbers that a name stands for, with the alternative sets of conditions under which the rule counts. */
function callsOf(arch: SeccompArchitecture, numbers: ReadonlyMap<string, number>, name: string, rule: SeccompRule) {
  const args = rule.args ?? [];
  const number = numbers.get(name);
  const direct = number === undefined ? [] : [{ number, conditions: alternatives(args) }];
  // The multiplexers take the real arguments behind a pointer, where a filter cannot look.
  if (arch !== 'x86' || args.length > 0) return direct;
  const multiplexed = Object.entries(X86_MULTIPLEXED).flatMap(([multiplexer, positions]) => {
    const position = positions[name];
    const through = numbers.get(multiplexer);
    if (position === undefined || through === undefined) return [];
    const condition: SeccompArgument = { index: 0, op: 'SCMP_CMP_EQ', value: position };
    return [{ number: through, conditions: [[condition]] }];
  });
  return [...direct, ...multiplexed];
}

/** All conditions have to hold; but several on one argument are alternatives (a custom older than the specification). */
function alternatives(args: readonly SeccompArgument[]): (readonly SeccompArgument[])[] {
  for (const { index } of args) {
    if (!Number.isInteger(index) || index < 0 || index > 5) {
      throw fail('INVALID_SECCOMP_PROFILE', `seccomp profile: a call has no argument ${index}`);
    }
  }
  const repeated = new Set(args.map(({ index }) => index)).size < args.length;
  return repeated ? args.map((arg) => [arg]) : [args];
}

function decisionOf(rules: readonly CallRule[], fallback: number): Decision {
  const unconditional = rules.find(({ args }) => args.length === 0);
  return unconditional ? { fallback: unconditional.value, rules: [] } : { fallback, rules };
}

/** Neighbours with the same plain answer become one range; a call with conditions is a range of its own. */
function toRanges(
  points: ReadonlyMap<number, Decision>,
  arch: SeccompArchitecture,
  fallback: number,
  newer: number | undefined,
  highest: number,
): DecisionTable {
  const first = arch === 'x32' ? X32_BIT : 0;
  const rest = { fallback, rules: [] };
  const marks = new Map<number, Decision>([[first, rest]]);
  for (const number of points.keys()) marks.set(number + 1, rest);
  if (newer !== undefined) marks.set(highest + 1, { fallback: newer, rules: [] });
  if (newer !== undefined && arch === 'arm') marks.set(ARM_PRIVATE, rest);
  for (const [number, decision] of points) marks.set(number, decision);
  const sorted = [...marks].map(([from, decision]) => ({ from, decision })).sort((a, b) => a.from - b.from);
  return sorted.filter((entry, at) => at === 0 || !samePlain(sorted[at - 1]?.decision, entry.decision));
}

function samePlain(a: Decision | undefined, b: Decision): boolean {
  return a?.fallback === b.fallback && a.rules.length === 0 && b.rules.length === 0;
}
