import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GlobalOptions } from './framework/context.ts';
import { createProgram } from './program.ts';

const GLOBALS: GlobalOptions = {
  config: '/nonexistent',
  context: '',
  debug: false,
  hosts: [],
  logLevel: 'info',
  tls: false,
  tlsVerify: false,
};

const hostOf = (env: Record<string, string>, globals: Partial<GlobalOptions> = {}): string =>
  createProgram(env, '/')
    .context('wharf ps', { ...GLOBALS, ...globals })
    .host();

test('the address comes from the flag, then the environment, then the default', () => {
  const env = { DOCKER_HOST: 'unix:///docker', DOCKER_CONTEXT: 'other' };
  assert.equal(hostOf({}), 'unix:///run/wharf/wharf.sock');
  assert.equal(hostOf(env), 'unix:///docker');
  assert.equal(hostOf({ ...env, WHARF_HOST: 'unix:///wharf' }), 'unix:///wharf');
  assert.equal(hostOf(env, { hosts: ['127.0.0.1:2375'] }), 'tcp://127.0.0.1:2375');
  assert.equal(hostOf(env, { context: 'default' }), 'unix:///run/wharf/wharf.sock');
});

test('what is not there, or contradicts itself, is refused', () => {
  assert.throws(() => hostOf({ DOCKER_CONTEXT: 'other' }), /context "other" does not exist/);
  assert.throws(() => hostOf({ DOCKER_HOST: 'unix:///x' }, { context: 'other' }), /context "other" does not exist/);
  assert.throws(() => hostOf({}, { hosts: ['a', 'b'] }), /specify only one -H/);
  assert.throws(() => hostOf({}, { hosts: ['a'], context: 'default' }), /cannot specify both --host and --context/);
  assert.throws(() => hostOf({}, { tlsVerify: true }), /TLS connections to an engine are not supported yet/);
});
