import { BPF, compare, DATA, type Instruction, load } from './bpf.ts';
import type { SeccompArgument } from './profile.ts';

/** An instruction whose jumps may lead to where the condition is known to be met, or known not to be. */
interface Draft {
  readonly code: number;
  readonly k: number;
  readonly jt: number | 'pass' | 'fail';
  readonly jf: number | 'pass' | 'fail';
}

/**
 * Compiles conditions that must all hold. Control leaves at the end of the result when they do; when one does not, it
 * continues `failSkip` instructions further. Arguments are 64-bit values, compared as a high and a low word.
 */
export function compileConditions(conditions: readonly SeccompArgument[], failSkip: number): Instruction[] {
  let result: Instruction[] = [];
  for (const condition of conditions.toReversed()) {
    const drafts = draft(condition);
    const tail = result.length + failSkip;
    const resolve = (target: number | 'pass' | 'fail', at: number) => {
      if (typeof target === 'number') return target;
      const toEnd = drafts.length - at - 1;
      return target === 'pass' ? toEnd : toEnd + tail;
    };
    result = [
      ...drafts.map(({ code, k, jt, jf }, at) => compare(code, k, resolve(jt, at), resolve(jf, at))),
      ...result,
    ];
  }
  return result;
}

function draft(condition: SeccompArgument): Draft[] {
  const value = BigInt.asUintN(64, BigInt(condition.value));
  const offset = DATA.argument(condition.index);
  const words = { low: load(offset), high: load(offset + 4) };
  if (condition.op === 'SCMP_CMP_MASKED_EQ') {
    const wanted = BigInt.asUintN(64, BigInt(condition.valueTwo ?? 0)) & value;
    const high = condition.width === 32 ? [] : masked(words.high, value >> 32n, wanted >> 32n);
    return [...high, ...masked(words.low, value & 0xffffffffn, wanted & 0xffffffffn)];
  }
  const low = [words.low, lowTest(condition.op, Number(value & 0xffffffffn))];
  if (condition.width === 32) return low;
  return [words.high, ...highTests(condition.op, Number(value >> 32n)), ...low];
}

function masked(word: Instruction, mask: bigint, wanted: bigint): Draft[] {
  if (mask === 0n) return [];
  const and = { code: BPF.and, k: Number(mask), jt: 0, jf: 0 } as const;
  return [word, and, { code: BPF.jumpEqual, k: Number(wanted), jt: 0, jf: 'fail' }];
}

/** Decides by the high words where they differ; falls through to the low words where they are equal. */
function highTests(op: SeccompArgument['op'], high: number): Draft[] {
  switch (op) {
    case 'SCMP_CMP_EQ':
      return [{ code: BPF.jumpEqual, k: high, jt: 0, jf: 'fail' }];
    case 'SCMP_CMP_NE':
      return [{ code: BPF.jumpEqual, k: high, jt: 0, jf: 'pass' }];
    case 'SCMP_CMP_GT':
    case 'SCMP_CMP_GE':
      return [
        { code: BPF.jumpGreater, k: high, jt: 'pass', jf: 0 },
        { code: BPF.jumpEqual, k: high, jt: 0, jf: 'fail' },
      ];
    default:
      return [
        { code: BPF.jumpGreater, k: high, jt: 'fail', jf: 0 },
        { code: BPF.jumpEqual, k: high, jt: 0, jf: 'pass' },
      ];
  }
}

function lowTest(op: SeccompArgument['op'], k: number): Draft {
  switch (op) {
    case 'SCMP_CMP_EQ':
      return { code: BPF.jumpEqual, k, jt: 0, jf: 'fail' };
    case 'SCMP_CMP_NE':
      return { code: BPF.jumpEqual, k, jt: 'fail', jf: 0 };
    case 'SCMP_CMP_GT':
      return { code: BPF.jumpGreater, k, jt: 0, jf: 'fail' };
    case 'SCMP_CMP_GE':
      return { code: BPF.jumpGreaterEqual, k, jt: 0, jf: 'fail' };
    case 'SCMP_CMP_LT':
      return { code: BPF.jumpGreaterEqual, k, jt: 'fail', jf: 0 };
    default:
      return { code: BPF.jumpGreater, k, jt: 'fail', jf: 0 };
  }
}
