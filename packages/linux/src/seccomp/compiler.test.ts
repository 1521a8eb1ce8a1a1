import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CAPABILITIES } from '../capabilities/table.ts';
import { SeccompCompiler } from './compiler.ts';
import { parseSeccompProfile } from './parse.ts';
import { resolveSeccomp } from './resolve.ts';

const compiler = () => new SeccompCompiler({ architecture: 'x86_64', kernel: '6.18.44-something' });

test('the same input gives the same filter object, another input another one', () => {
  const machine = compiler();
  const config = machine.default(DEFAULT_CAPABILITIES);
  const filter = machine.compile(config);
  assert.equal(machine.compile(structuredClone(config)), filter);
  assert.notEqual(machine.compile(machine.default(['CAP_SYS_ADMIN'])), filter);
});

test('conditions of Docker profiles are decided by architecture, capabilities and kernel', () => {
  const rule = (names: string, more: object) => ({ names: [names], action: 'SCMP_ACT_ALLOW', ...more });
  const profile = parseSeccompProfile(
    JSON.stringify({
      defaultAction: 'SCMP_ACT_ERRNO',
      archMap: [
        { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
        { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: null },
      ],
      syscalls: [
        rule('always', {}),
        rule('amd', { includes: { arches: ['amd64'] } }),
        rule('not-amd', { excludes: { arches: ['amd64'] } }),
        rule('both-caps', { includes: { caps: ['CAP_CHOWN', 'CAP_BPF'] } }),
        rule('not-caps', { excludes: { caps: ['CAP_CHOWN', 'CAP_BPF'] } }),
        rule('new', { includes: { minKernel: '6.10' } }),
        rule('old', { excludes: { minKernel: '6.10' } }),
      ],
    }),
  );
  const names = (architecture: 'x86_64' | 'aarch64', kernel: [number, number], capabilities: string[]) =>
    (resolveSeccomp(profile, { architecture, kernel, capabilities }).syscalls ?? [])
      .flatMap((rule) => rule.names)
      .join();
  assert.equal(names('x86_64', [6, 9], ['CAP_CHOWN']), 'always,amd,old');
  assert.equal(names('aarch64', [6, 10], []), 'always,not-amd,not-caps,new');
  assert.equal(names('aarch64', [5, 20], ['CAP_CHOWN', 'CAP_BPF']), 'always,not-amd,both-caps,old');
  const context = { kernel: [6, 1] as const, capabilities: [] };
  assert.deepEqual(resolveSeccomp(profile, { ...context, architecture: 'x86_64' }).architectures, [
    'SCMP_ARCH_X86_64',
    'SCMP_ARCH_X86',
  ]);
  assert.deepEqual(resolveSeccomp(profile, { ...context, architecture: 'aarch64' }).architectures, [
    'SCMP_ARCH_AARCH64',
  ]);
});

test('64-bit numbers of a profile stay exact', () => {
  const text =
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"read","action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}';
  assert.equal(parseSeccompProfile(text).syscalls?.[0]?.args?.[0]?.value, 18446744073709551615n);
  assert.ok(compiler().compile(parseSeccompProfile(text)).filter.length > 0);
});

test('broken profiles are refused with a reason', () => {
  const refuse = (profile: unknown, reason: RegExp) =>
    assert.throws(
      () => compiler().compile(parseSeccompProfile(typeof profile === 'string' ? profile : JSON.stringify(profile))),
      { code: 'INVALID_SECCOMP_PROFILE', message: reason },
    );
  const rule = (more: object) => ({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['read'], action: 'SCMP_ACT_LOG', ...more }],
  });
  refuse('{', /Decoding seccomp profile failed/);
  refuse([], /has to be an object/);
  refuse({ defaultAction: 'SCMP_ACT_WHATEVER' }, /unknown action/);
  refuse(rule({ action: 'SCMP_ACT_NOTIFY' }), /NOTIFY is not supported/);
  refuse(rule({ name: 'write' }), /both 'name' and 'names'/);
  refuse(rule({ args: [{ index: 6, value: 0, op: 'SCMP_CMP_EQ' }] }), /no argument 6/);
  refuse(rule({ args: [{ index: 0, value: -1, op: 'SCMP_CMP_EQ' }] }), /unsigned 64-bit/);
  refuse(rule({ args: [{ index: 0, value: 0, op: 'EQ' }] }), /unknown operator/);
  refuse(rule({ action: 'SCMP_ACT_ERRNO', errnoRet: 5000 }), /not an errno/);
  refuse({ defaultAction: 'SCMP_ACT_ALLOW', architectures: ['x'] }, /invalid architecture/);
  refuse(
    { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86'], archMap: [{ architecture: 'SCMP_ARCH_ARM' }] },
    /both 'architectures' and 'archMap'/,
  );
  refuse(`{"defaultAction":"${'x'.repeat(1024 * 1024)}"}`, /larger than 1 MiB/);
});
