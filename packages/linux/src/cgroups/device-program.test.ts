import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceProgram } from './device-program.ts';
import { devicePolicy } from './devices.ts';

type Type = 'b' | 'c';
const BITS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

/** Runs the program as the kernel would for an access; a small eBPF machine with 32-bit values only. */
function run(program: Uint8Array, type: Type, access: string, major: number, minor: number): number {
  const bits = [...access].reduce((sum, letter) => sum | (BITS[letter] ?? 0), 0);
  const context: Readonly<Record<number, number>> = { 0: (bits << 16) | (type === 'b' ? 1 : 2), 4: major, 8: minor };
  const code = Buffer.from(program);
  const registers: number[] = [];
  for (let at = 0; at < code.length / 8; at += 1) {
    const operation = code.readUInt8(at * 8);
    const [to, from] = [code.readUInt8(at * 8 + 1) & 15, code.readUInt8(at * 8 + 1) >> 4];
    const [offset, value] = [code.readInt16LE(at * 8 + 2), code.readInt32LE(at * 8 + 4)];
    const own = registers[to] ?? 0;
    if (operation === 0x61) registers[to] = context[offset] ?? assert.fail('outside the context');
    else if (operation === 0xb7) registers[to] = value;
    else if (operation === 0xbf) registers[to] = registers[from] ?? 0;
    else if (operation === 0x54) registers[to] = own & value;
    else if (operation === 0x74) registers[to] = own >>> value;
    else if (operation === 0x55) at += own !== value ? offset : 0;
    else if (operation === 0x5d) at += own !== registers[from] ? offset : 0;
    else if (operation === 0x45) at += (own & value) !== 0 ? offset : 0;
    else if (operation === 0x05) at += offset;
    else if (operation === 0x95) return registers[0] ?? 0;
    else assert.fail(`unexpected instruction ${operation}`);
  }
  return assert.fail('the program ran off its end');
}

test('a refusing default allows only what exceptions cover as a whole', () => {
  const program = deviceProgram(
    devicePolicy([
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c', access: 'm' },
      { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
      { allow: true, type: 'c', major: 136, minor: -1, access: 'rwm' },
      { allow: true, type: 'b', major: 8, minor: 0, access: 'r' },
    ]),
  );
  const asked: [Type, string, number, number, number][] = [
    ['c', 'm', 200, 1, 1],
    ['b', 'm', 200, 1, 0],
    ['c', 'rw', 1, 3, 1],
    ['c', 'r', 1, 3, 1],
    ['c', 'rw', 1, 4, 0],
    ['c', 'rwm', 1, 3, 0],
    ['c', 'rwm', 136, 77, 1],
    ['b', 'r', 8, 0, 1],
    ['b', 'rw', 8, 0, 0],
    ['c', 'r', 8, 0, 0],
  ];
  for (const [type, access, major, minor, wanted] of asked) {
    assert.equal(run(program, type, access, major, minor), wanted, `${type} ${major}:${minor} ${access}`);
  }
});

test('an allowing default refuses as soon as a part is excepted', () => {
  const program = deviceProgram(devicePolicy([{ allow: true }, { allow: false, type: 'b', major: 8, access: 'w' }]));
  assert.equal(run(program, 'b', 'r', 8, 0), 1);
  assert.equal(run(program, 'b', 'rw', 8, 0), 0);
  assert.equal(run(program, 'b', 'w', 9, 0), 1);
  assert.equal(run(program, 'c', 'w', 8, 0), 1);
});

test('later rules change earlier ones as in a v1 group', () => {
  const policy = devicePolicy([
    { allow: false },
    { allow: true, type: 'c', major: 1, minor: 3, access: 'r' },
    { allow: true, type: 'c', major: 1, minor: 3, access: 'wm' },
    { allow: false, type: 'c', major: 1, minor: 3, access: 'm' },
    { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' },
    { allow: false, type: 'c', major: 1, minor: 5, access: 'rwm' },
  ]);
  assert.deepEqual(policy, { allow: false, exceptions: [{ type: 'c', major: 1, minor: 3, access: 'rw' }] });
  assert.deepEqual(
    devicePolicy([
      { allow: true, type: 'c', major: 1, minor: 5 },
      { allow: false, type: 'a' },
    ]),
    { allow: false, exceptions: [] },
  );
});
