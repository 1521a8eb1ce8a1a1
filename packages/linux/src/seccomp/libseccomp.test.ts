import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { CAPABILITY_NAMES, DEFAULT_CAPABILITIES } from '../capabilities/table.ts';
import { RETURN_ENOSYS } from './actions.ts';
import { ARCHITECTURES, type NativeArchitecture, syscallNumbers } from './architectures.ts';
import { runFilter } from './bpf-machine.test-helper.ts';
import { compileSeccomp } from './compile.ts';
import { DEFAULT_SECCOMP_PROFILE } from './default-profile.ts';
import { OPERATORS, type SeccompArgument, type SeccompConfig } from './profile.ts';
import { resolveSeccomp } from './resolve.ts';

/** Debian's python3-seccomp (libseccomp, which runc uses too) compiles the same rules, in the same order. */
const ORACLE = `
import json, os, sys, tempfile, seccomp as s
order = json.load(sys.stdin)
def action(name, errno):
    return s.ERRNO(errno) if name == 'SCMP_ACT_ERRNO' else {'SCMP_ACT_ALLOW': s.ALLOW, 'SCMP_ACT_LOG': s.LOG, 'SCMP_ACT_KILL': s.KILL}[name]
ops = {'SCMP_CMP_NE': s.NE, 'SCMP_CMP_LT': s.LT, 'SCMP_CMP_LE': s.LE, 'SCMP_CMP_EQ': s.EQ, 'SCMP_CMP_GE': s.GE, 'SCMP_CMP_GT': s.GT, 'SCMP_CMP_MASKED_EQ': s.MASKED_EQ}
default = action(order['defaultAction'], order.get('defaultErrnoRet', 1))
f = s.SyscallFilter(default)
f.remove_arch(s.Arch())
for arch in order['arches']: f.add_arch(getattr(s.Arch, arch))
unknown = []
for rule in order['syscalls']:
    act = action(rule['action'], rule.get('errnoRet', 1))
    if act == default: continue
    for name in rule['names']:
        args = [s.Arg(a['index'], ops[a['op']], int(a['value']), int(a.get('valueTwo', 0))) for a in rule.get('args', [])]
        try: f.add_rule(act, name, *args)
        except Exception as e: unknown.append([name, str(e)])
with tempfile.TemporaryFile() as t:
    f.export_bpf(t); t.seek(0)
    print(json.dumps({'filter': t.read().hex(), 'unknown': unknown}))
`;

interface Oracle {
  readonly filter: Buffer;
  readonly unknown: ReadonlySet<string>;
}

function oracle(config: SeccompConfig, arches: readonly string[]): Oracle | undefined {
  const input = JSON.stringify({ ...config, arches }, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  const { status, stdout } = spawnSync('/usr/bin/python3', ['-c', ORACLE], { input, encoding: 'utf8' });
  if (status !== 0) return undefined;
  const { filter, unknown } = JSON.parse(stdout) as { filter: string; unknown: [string, string][] };
  return { filter: Buffer.from(filter, 'hex'), unknown: new Set(unknown.map(([name]) => name)) };
}

const INTERESTING = [0, 1, 2, 8, 37, 38, 39, 40, 41, 131072, 131080, 0x1200011, 0x10000011, 0xffffffff];

/** Compares the answers for every call known to either, with several argument values; returns the differences. */
function differences(
  config: SeccompConfig,
  native: NativeArchitecture,
  theirs: Oracle,
  values: readonly (number | bigint)[],
) {
  const ours = compileSeccomp(config, native).filter;
  const arches = native === 'x86_64' ? (['x86_64', 'x86', 'x32'] as const) : (['aarch64', 'arm'] as const);
  const found: string[] = [];
  for (const arch of arches) {
    for (const [name, nr] of syscallNumbers(arch)) {
      for (const value of values) {
        const call = { nr, arch: ARCHITECTURES[arch].audit, args: [value, value, value, value, value, value] };
        const [a, b] = [runFilter(ours, call), runFilter(theirs.filter, call)];
        // runc puts the ENOSYS part in front of what libseccomp makes.
        if (a !== b && a !== RETURN_ENOSYS && !theirs.unknown.has(name))
          found.push(`${arch} ${name} ${value}: ${a} ${b}`);
      }
    }
  }
  return found;
}

for (const [native, arches] of [
  ['x86_64', ['X86_64', 'X86', 'X32']],
  ['aarch64', ['AARCH64', 'ARM']],
] as const) {
  test(`the default rules decide on ${native} as libseccomp's filter does`, (t) => {
    for (const capabilities of [DEFAULT_CAPABILITIES, [], CAPABILITY_NAMES]) {
      const config = resolveSeccomp(DEFAULT_SECCOMP_PROFILE, { architecture: native, kernel: [6, 1], capabilities });
      const theirs = oracle(config, arches);
      if (!theirs) return t.skip('python3-seccomp is not installed');
      t.diagnostic(
        `instructions: ${compileSeccomp(config, native).filter.length / 8}, libseccomp ${theirs.filter.length / 8}`,
      );
      assert.deepEqual(differences(config, native, theirs, INTERESTING), []);
    }
  });
}

test('conditions of any kind decide as in libseccomp', (t) => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48271) % 0x7fffffff;
    return seed % below;
  };
  const values = [0n, 1n, 7n, 0x80000000n, 0xffffffffn, 0x100000000n, 0x700000007n, 0xffffffffffffffffn];
  const pick = <T>(items: readonly T[]) => items[random(items.length)] as T;
  const names = ['read', 'write', 'openat', 'ioctl', 'prctl', 'mmap', 'fcntl', 'epoll_ctl', 'splice', 'futex'];
  for (let round = 0; round < 12; round += 1) {
    const syscalls = names.slice(0, 1 + random(10)).map((name) => {
      const indices = [0, 1, 2, 3, 4, 5].filter(() => random(3) === 0);
      const args = indices.map(
        (index): SeccompArgument => ({ index, op: pick(OPERATORS), value: pick(values), valueTwo: pick(values) }),
      );
      return { names: [name], action: 'SCMP_ACT_ALLOW', args };
    });
    const config = { defaultAction: 'SCMP_ACT_LOG', architectures: [], syscalls };
    const theirs = oracle(config, ['X86_64']);
    if (!theirs) return t.skip('python3-seccomp is not installed');
    const ours = compileSeccomp(config, 'x86_64').filter;
    for (const name of names) {
      const nr = syscallNumbers('x86_64').get(name) ?? 0;
      for (let question = 0; question < 200; question += 1) {
        const call = { nr, arch: ARCHITECTURES.x86_64.audit, args: [0, 1, 2, 3, 4, 5].map(() => pick(values)) };
        assert.equal(
          runFilter(ours, call),
          runFilter(theirs.filter, call),
          JSON.stringify([syscalls, call.args], (_, v) => String(v) && (typeof v === 'bigint' ? `${v}` : v)),
        );
      }
    }
  }
});
