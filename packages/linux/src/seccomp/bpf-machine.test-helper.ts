import assert from 'node:assert/strict';

/** What the kernel shows a filter: struct seccomp_data. */
export interface Call {
  readonly nr: number;
  readonly arch: number;
  readonly args?: readonly (number | bigint)[];
}

/** Runs a classic BPF filter over a call, as the kernel would; returns the SECCOMP_RET_* value. */
export function runFilter(filter: Uint8Array, call: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.nr >>> 0, 0);
  data.writeUInt32LE(call.arch >>> 0, 4);
  (call.args ?? []).forEach((value, at) => data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 16 + 8 * at));
  const code = Buffer.from(filter);
  let accumulator = 0;
  for (let at = 0; at < code.length / 8; at += 1) {
    const operation = code.readUInt16LE(at * 8);
    const k = code.readUInt32LE(at * 8 + 4);
    const skip = (met: boolean) => {
      at += code.readUInt8(at * 8 + (met ? 2 : 3));
    };
    if (operation === 0x20) accumulator = data.readUInt32LE(k);
    else if (operation === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (operation === 0x05) at += k;
    else if (operation === 0x15) skip(accumulator === k);
    else if (operation === 0x25) skip(accumulator > k);
    else if (operation === 0x35) skip(accumulator >= k);
    else if (operation === 0x45) skip((accumulator & k) !== 0);
    else if (operation === 0x06) return k;
    else assert.fail(`unexpected instruction ${operation} at ${at}`);
  }
  assert.fail('the filter ran off its end');
}
