/** One classic BPF instruction (struct sock_filter, linux/filter.h). Jumps count the instructions that are skipped. */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** Instruction codes: class | size/operation | mode. */
export const BPF = {
  loadWord: 0x20,
  and: 0x54,
  jump: 0x05,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpGreaterEqual: 0x35,
  return: 0x06,
} as const;

/** Offsets in struct seccomp_data (linux/seccomp.h). */
export const DATA = { number: 0, architecture: 4, argument: (index: number) => 16 + 8 * index } as const;

/** The kernel takes no longer filters (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096;

/** Loads the 32-bit word at an offset of seccomp_data into the accumulator. */
export function load(offset: number): Instruction {
  return { code: BPF.loadWord, jt: 0, jf: 0, k: offset };
}

/** Ends the filter with a SECCOMP_RET_* value. */
export function answer(value: number): Instruction {
  return { code: BPF.return, jt: 0, jf: 0, k: value >>> 0 };
}

/** Compares the accumulator with `k`; both distances are at most 255. */
export function compare(code: number, k: number, jt: number, jf: number): Instruction {
  return { code, jt, jf, k: k >>> 0 };
}

/**
 * "If accumulator >= k then the second part, else the first", of any length: a conditional jump reaches only 255
 * instructions, so a longer first part is jumped over in two steps.
 */
export function branch(k: number, below: readonly Instruction[], from: readonly Instruction[]): Instruction[] {
  return [...whenNot(compare(BPF.jumpGreaterEqual, k, below.length, 0), below), ...from];
}

/** "If accumulator == k then this part"; goes on behind the part otherwise. The part has to end in answers. */
export function whenEqual(k: number, part: readonly Instruction[]): Instruction[] {
  if (part.length <= 255) return [compare(BPF.jumpEqual, k, 0, part.length), ...part];
  return [compare(BPF.jumpEqual, k, 1, 0), { code: BPF.jump, jt: 0, jf: 0, k: part.length }, ...part];
}

function whenNot(test: Instruction, part: readonly Instruction[]): Instruction[] {
  if (part.length <= 255) return [test, ...part];
  return [{ ...test, jt: 0, jf: 1 }, { code: BPF.jump, jt: 0, jf: 0, k: part.length }, ...part];
}

/** The filter as the kernel takes it: eight bytes an instruction, little endian. */
export function encodeFilter(instructions: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(instructions.length * 8);
  instructions.forEach(({ code, jt, jf, k }, at) => {
    bytes.writeUInt16LE(code, at * 8);
    bytes.writeUInt8(jt, at * 8 + 2);
    bytes.writeUInt8(jf, at * 8 + 3);
    bytes.writeUInt32LE(k, at * 8 + 4);
  });
  return bytes;
}
