import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../lower/config.test-helper.ts';
import { bundleConfig } from './bundle-config.ts';

const facts = { seccomp: undefined, isDirectory: (path: string) => path.endsWith('/') };
const bind = (source: string) => ({ destination: '/x', type: 'bind', source, options: ['rbind', 'rro'] });

test('what other runtimes refuse is not in the bundle', () => {
  const base = configOf({});
  const config = {
    ...base,
    process: {
      ...base.process,
      consoleSize: { height: 0, width: 0 },
      rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: -1 }],
    },
    mounts: [bind('/file'), bind('/directory/')],
  };
  const text = bundleConfig(config, facts);
  assert.match(text, /"hard":18446744073709551615/);
  const bundle = JSON.parse(text) as {
    ociVersion: string;
    process: { consoleSize?: object };
    mounts: { options: string[] }[];
    linux: { seccomp?: object };
  };
  assert.equal(bundle.ociVersion, '1.0.2');
  assert.equal(bundle.process.consoleSize, undefined);
  assert.deepEqual(
    bundle.mounts.map(({ options }) => options[1]),
    ['ro', 'rro'],
  );
  assert.equal(bundle.linux.seccomp, undefined);
});

test('the rules of a seccomp filter are in it, exact and without our own extension', () => {
  const args = [{ index: 0, value: 0xffff_ffff_ffff_ffffn, op: 'SCMP_CMP_EQ', width: 32 }] as const;
  const rule = { names: ['socket'], action: 'SCMP_ACT_ERRNO', args };
  const seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] };
  const text = bundleConfig(configOf({}), { ...facts, seccomp });
  assert.match(text, /"args":\[\{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"\}\]/);
});
