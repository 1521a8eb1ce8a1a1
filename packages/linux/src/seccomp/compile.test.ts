import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAPABILITY_NAMES, DEFAULT_CAPABILITIES } from '../capabilities/table.ts';
import { RETURN, RETURN_ENOSYS } from './actions.ts';
import { ARCHITECTURES, type NativeArchitecture, type SeccompArchitecture, syscallNumbers } from './architectures.ts';
import { runFilter } from './bpf-machine.test-helper.ts';
import { compileSeccomp } from './compile.ts';
import { DEFAULT_SECCOMP_PROFILE } from './default-profile.ts';
import type { SeccompArgument, SeccompConfig } from './profile.ts';
import { resolveSeccomp } from './resolve.ts';

const EPERM = RETURN.errno | 1;

function number(arch: SeccompArchitecture, name: string): number {
  const found = syscallNumbers(arch).get(name);
  assert.ok(found !== undefined, `${arch} has ${name}`);
  return found;
}

function ask(config: SeccompConfig, arch: SeccompArchitecture, call: string | number, ...args: (number | bigint)[]) {
  const native: NativeArchitecture = arch === 'aarch64' || arch === 'arm' ? 'aarch64' : 'x86_64';
  const nr = typeof call === 'number' ? call : number(arch, call);
  return runFilter(compileSeccomp(config, native).filter, { nr, arch: ARCHITECTURES[arch].audit, args });
}

function standard(architecture: NativeArchitecture, capabilities: readonly string[] = DEFAULT_CAPABILITIES) {
  return resolveSeccomp(DEFAULT_SECCOMP_PROFILE, { architecture, kernel: [6, 1], capabilities });
}

/** The answers that the profile's own words give, worked out without the compiler: undefined if it depends. */
function expectedAnswers(config: SeccompConfig, arch: SeccompArchitecture): Map<number, number | undefined> {
  const answers = new Map<number, number | undefined>();
  const numbers = syscallNumbers(arch);
  for (const nr of numbers.values()) answers.set(nr, EPERM);
  const decided = new Set<number>();
  for (const { names, action, errnoRet = 1, args = [] } of config.syscalls ?? []) {
    for (const nr of names.map((name) => numbers.get(name)).filter((found) => found !== undefined)) {
      if (decided.has(nr)) continue;
      answers.set(
        nr,
        args.length > 0 ? undefined : action === 'SCMP_ACT_ALLOW' ? RETURN.allow : RETURN.errno | errnoRet,
      );
      if (args.length === 0) decided.add(nr);
    }
  }
  const named = (config.syscalls ?? []).flatMap(({ names }) => names.map((name) => numbers.get(name) ?? 0));
  const highest = Math.max(...named.filter((nr) => nr % 2 ** 30 < 9999));
  for (const nr of answers.keys()) if (nr > highest && nr % 2 ** 30 < 9999) answers.set(nr, RETURN_ENOSYS);
  return answers;
}

for (const [native, arches] of [
  ['x86_64', ['x86_64', 'x86', 'x32']],
  ['aarch64', ['aarch64', 'arm']],
] as const) {
  test(`on ${native} every call of every architecture gets the answer of the default rules`, () => {
    for (const capabilities of [
      DEFAULT_CAPABILITIES,
      [],
      CAPABILITY_NAMES,
      ...CAPABILITY_NAMES.map((name) => [name]),
    ]) {
      const config = standard(native, capabilities);
      const { filter } = compileSeccomp(config, native);
      for (const arch of arches) {
        for (const [nr, wanted] of expectedAnswers(config, arch)) {
          if (wanted === undefined) continue;
          const answer = runFilter(filter, { nr, arch: ARCHITECTURES[arch].audit });
          assert.equal(answer, wanted, `${arch} ${nr} with ${capabilities.join()}`);
        }
      }
    }
  });
}

test('calls newer than the profile get ENOSYS, so that programs fall back; unknown older ones EPERM', () => {
  const config = standard('x86_64');
  assert.equal(ask(config, 'x86_64', 470), RETURN_ENOSYS);
  assert.equal(ask(config, 'x86_64', 100_000), RETURN_ENOSYS);
  assert.equal(ask(config, 'x86', 470), RETURN_ENOSYS);
  assert.equal(ask(config, 'x32', 0x40000000 + 600), RETURN_ENOSYS);
  assert.equal(ask(config, 'x86_64', 400), EPERM);
  assert.equal(
    ask({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO' }] }, 'x86_64', 470),
    RETURN.allow,
  );
});

test('socket families AF_ALG and AF_VSOCK are refused, with a dirty high half too', () => {
  const config = standard('x86_64');
  const dirty = 0xdeadbeef00000000n;
  for (const [family, wanted] of [
    [1, RETURN.allow],
    [2, RETURN.allow],
    [37, RETURN.allow],
    [38, EPERM],
    [39, RETURN.allow],
    [40, EPERM],
    [41, RETURN.allow],
    [44, RETURN.allow],
  ] as const) {
    assert.equal(ask(config, 'x86_64', 'socket', family), wanted, `family ${family}`);
    assert.equal(ask(config, 'x86_64', 'socket', dirty | BigInt(family)), wanted, `family ${family}, dirty`);
  }
});

test('clone may not make namespaces, and clone3 is said not to exist, unless SYS_ADMIN is there', () => {
  const config = standard('x86_64');
  assert.equal(ask(config, 'x86_64', 'clone', 0x1200011), RETURN.allow);
  for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
    assert.equal(ask(config, 'x86_64', 'clone', flag | 17), EPERM);
  }
  assert.equal(ask(config, 'x86_64', 'clone3'), RETURN_ENOSYS);
  const admin = standard('x86_64', ['CAP_SYS_ADMIN']);
  assert.equal(ask(admin, 'x86_64', 'clone', 0x10000011), RETURN.allow);
  assert.equal(ask(admin, 'x86_64', 'clone3'), RETURN.allow);
});

test('foreign architectures are killed', () => {
  const config = standard('x86_64');
  const { filter } = compileSeccomp(config, 'x86_64');
  assert.equal(runFilter(filter, { nr: 0, arch: ARCHITECTURES.aarch64.audit }), RETURN.killThread);
  const only = { ...config, architectures: ['SCMP_ARCH_X86_64'] };
  assert.equal(ask(only, 'x86', 'read'), RETURN.killThread);
  assert.equal(ask(only, 'x32', 'read'), RETURN.killThread);
  assert.equal(ask(only, 'x86_64', 0xffffffff), EPERM);
});

const COMPARE: Readonly<Record<SeccompArgument['op'], (value: bigint, a: bigint, b: bigint) => boolean>> = {
  SCMP_CMP_NE: (value, a) => value !== a,
  SCMP_CMP_LT: (value, a) => value < a,
  SCMP_CMP_LE: (value, a) => value <= a,
  SCMP_CMP_EQ: (value, a) => value === a,
  SCMP_CMP_GE: (value, a) => value >= a,
  SCMP_CMP_GT: (value, a) => value > a,
  SCMP_CMP_MASKED_EQ: (value, a, b) => (value & a) === (b & a),
};

test('every operator compares all 64 bits', () => {
  const values = [
    0n,
    1n,
    5n,
    0xffffffffn,
    0x100000000n,
    0x100000005n,
    0x500000000n,
    0x500000005n,
    0xffffffff00000000n,
    2n ** 64n - 1n,
  ];
  for (const op of Object.keys(COMPARE) as SeccompArgument['op'][]) {
    for (const value of values) {
      for (const valueTwo of op === 'SCMP_CMP_MASKED_EQ' ? values : [0n]) {
        const args = [{ index: 5, op, value, valueTwo }];
        const config: SeccompConfig = {
          defaultAction: 'SCMP_ACT_KILL_PROCESS',
          syscalls: [{ names: ['read'], action: 'SCMP_ACT_LOG', args }],
        };
        const { filter } = compileSeccomp(config, 'x86_64');
        for (const asked of values) {
          const answer = runFilter(filter, { nr: 0, arch: ARCHITECTURES.x86_64.audit, args: [1, 2, 3, 4, 5, asked] });
          const wanted = COMPARE[op](asked, value, valueTwo) ? RETURN.log : RETURN.killProcess;
          assert.equal(answer, wanted, `${asked} ${op} ${value} ${valueTwo}`);
        }
      }
    }
  }
});

test('conditions on different arguments all have to hold, on the same argument one of them', () => {
  const rule = (args: SeccompArgument[]): SeccompConfig => ({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [{ names: ['ioctl'], action: 'SCMP_ACT_ALLOW', args }],
  });
  const both = rule([
    { index: 0, op: 'SCMP_CMP_EQ', value: 1 },
    { index: 1, op: 'SCMP_CMP_GT', value: 7 },
  ]);
  assert.equal(ask(both, 'x86_64', 'ioctl', 1, 8), RETURN.allow);
  assert.equal(ask(both, 'x86_64', 'ioctl', 1, 7), EPERM);
  assert.equal(ask(both, 'x86_64', 'ioctl', 2, 8), EPERM);
  const either = rule([
    { index: 1, op: 'SCMP_CMP_EQ', value: 1 },
    { index: 1, op: 'SCMP_CMP_EQ', value: 3 },
  ]);
  assert.deepEqual(
    [1, 2, 3].map((value) => ask(either, 'x86_64', 'ioctl', 0, value)),
    [RETURN.allow, EPERM, RETURN.allow],
  );
});

test('actions, errno values and flags of a profile become the kernel numbers', () => {
  const actions: [string, number | undefined, number][] = [
    ['SCMP_ACT_KILL', undefined, 0],
    ['SCMP_ACT_KILL_PROCESS', undefined, 0x80000000],
    ['SCMP_ACT_TRAP', undefined, 0x30000],
    ['SCMP_ACT_ERRNO', 13, 0x5000d],
    ['SCMP_ACT_ERRNO', undefined, 0x50001],
    ['SCMP_ACT_TRACE', 7, 0x7ff00007],
    ['SCMP_ACT_LOG', undefined, 0x7ffc0000],
  ];
  for (const [action, errnoRet, wanted] of actions) {
    const rule = { names: ['read'], action, ...(errnoRet === undefined ? {} : { errnoRet }) };
    assert.equal(ask({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }, 'x86_64', 'read'), wanted);
  }
  const flags = (list?: string[]) =>
    compileSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', ...(list ? { flags: list } : {}) }, 'x86_64').flags;
  assert.equal(flags(), 4);
  assert.equal(flags([]), 0);
  assert.equal(flags(['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_TSYNC']), 2);
  assert.throws(() => flags(['SECCOMP_FILTER_FLAG_NEW_LISTENER']), { code: 'INVALID_SECCOMP_PROFILE' });
  assert.throws(() => compileSeccomp({ defaultAction: 'SCMP_ACT_NOTIFY' }, 'x86_64'), {
    code: 'INVALID_SECCOMP_PROFILE',
  });
});

test('32-bit x86 reaches a listed socket call through socketcall as well', () => {
  const config: SeccompConfig = {
    defaultAction: 'SCMP_ACT_ERRNO',
    architectures: ['SCMP_ARCH_X86'],
    syscalls: [{ names: ['bind', 'shmget'], action: 'SCMP_ACT_ALLOW' }],
  };
  assert.equal(ask(config, 'x86', 'socketcall', 2), RETURN.allow);
  assert.equal(ask(config, 'x86', 'socketcall', 3), EPERM);
  assert.equal(ask(config, 'x86', 'ipc', 23), RETURN.allow);
  assert.equal(ask(config, 'x86', 'ipc', 24), EPERM);
});

test('the default filter is short and the search shallow', () => {
  const { filter } = compileSeccomp(standard('x86_64'), 'x86_64');
  assert.ok(filter.length / 8 < 800, `${filter.length / 8} instructions`);
});
