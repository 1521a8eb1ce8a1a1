import type { DeviceException, DevicePolicy } from './devices.ts';

/** Instruction codes of eBPF (linux/bpf.h): class | operation | source. */
const EBPF = {
  loadWord: 0x61,
  movImmediate: 0xb7,
  movRegister: 0xbf,
  andImmediate: 0x54,
  shiftRight: 0x74,
  jumpNotEqual: 0x55,
  jumpNotEqualRegister: 0x5d,
  jumpSet: 0x45,
  jump: 0x05,
  exit: 0x95,
} as const;

/** struct bpf_cgroup_dev_ctx: access << 16 | type, major, minor. */
const CONTEXT = { access: 0, major: 4, minor: 8 } as const;
const TYPES = { b: 1, c: 2 } as const;
const ACCESS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const ALL_ACCESS = 7;

const REGISTER = { result: 0, context: 1, type: 2, access: 3, major: 4, minor: 5, scratch: 6 } as const;

/**
 * The device policy as an eBPF program of type CGROUP_DEVICE for a v2 group: returns 1 to allow the access, else 0.
 * With a refusing default an exception has to cover the whole access; with an allowing one any part of it counts.
 * Eight bytes an instruction, little endian.
 */
export function deviceProgram(policy: DevicePolicy): Uint8Array {
  const { result, context, type, access, major, minor } = REGISTER;
  return Buffer.concat([
    encode(EBPF.loadWord, type, context, CONTEXT.access),
    encode(EBPF.movRegister, access, type),
    encode(EBPF.andImmediate, type, 0, 0, 0xffff),
    encode(EBPF.shiftRight, access, 0, 0, 16),
    encode(EBPF.loadWord, major, context, CONTEXT.major),
    encode(EBPF.loadWord, minor, context, CONTEXT.minor),
    ...policy.exceptions.map((exception) => exceptionPart(exception, policy.allow)),
    encode(EBPF.movImmediate, result, 0, 0, policy.allow ? 1 : 0),
    encode(EBPF.exit),
  ]);
}

/** Tests one exception; every test that fails leads behind the part. */
function exceptionPart(exception: DeviceException, allowByDefault: boolean): Buffer {
  const { result, type, access, major, minor, scratch } = REGISTER;
  const mask = [...exception.access].reduce((sum, letter) => sum | (ACCESS[letter] ?? 0), 0);
  const tests: ((toNext: number) => Buffer)[] = [
    (toNext) => encode(EBPF.jumpNotEqual, type, 0, toNext, TYPES[exception.type]),
  ];
  if (mask !== ALL_ACCESS && allowByDefault) {
    tests.push(() => encode(EBPF.jumpSet, access, 0, 1, mask));
    tests.push((toNext) => encode(EBPF.jump, 0, 0, toNext));
  } else if (mask !== ALL_ACCESS) {
    tests.push(() => encode(EBPF.movRegister, scratch, access));
    tests.push(() => encode(EBPF.andImmediate, scratch, 0, 0, mask));
    tests.push((toNext) => encode(EBPF.jumpNotEqualRegister, scratch, access, toNext));
  }
  if (exception.major !== undefined) {
    tests.push((toNext) => encode(EBPF.jumpNotEqual, major, 0, toNext, exception.major));
  }
  if (exception.minor !== undefined) {
    tests.push((toNext) => encode(EBPF.jumpNotEqual, minor, 0, toNext, exception.minor));
  }
  const answer = [encode(EBPF.movImmediate, result, 0, 0, allowByDefault ? 0 : 1), encode(EBPF.exit)];
  const count = tests.length + answer.length;
  return Buffer.concat([...tests.map((test, at) => test(count - at - 1)), ...answer]);
}

function encode(code: number, destination = 0, source = 0, offset = 0, immediate = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8(destination | (source << 4), 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(immediate, 4);
  return bytes;
}
