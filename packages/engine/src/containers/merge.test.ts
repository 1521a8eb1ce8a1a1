import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, mergeConfig } from './merge.ts';

const image = {
  Entrypoint: ['/entry'],
  Cmd: ['serve'],
  Env: ['A=1', 'B=2'],
  Labels: { of: 'image' },
  WorkingDir: '/srv',
};

test('the image supplies what the container does not say', () => {
  const merged = mergeConfig({ Env: ['B=3', 'C=4'] }, image);
  assert.deepEqual(commandOf(merged), { path: '/entry', args: ['serve'] });
  assert.deepEqual(merged.Env, ['B=3', 'C=4', 'A=1']);
  assert.equal(merged.WorkingDir, '/srv');
  assert.equal(merged.Volumes, undefined);
  const ports = mergeConfig({ ExposedPorts: { '2/tcp': {} } }, { ExposedPorts: { '1/tcp': {} } }).ExposedPorts;
  assert.deepEqual(Object.keys(ports ?? {}), ['1/tcp', '2/tcp']);
});

test('a command replaces the command, an entrypoint replaces both', () => {
  assert.deepEqual(commandOf(mergeConfig({ Cmd: ['x', 'y'] }, image)), { path: '/entry', args: ['x', 'y'] });
  assert.deepEqual(commandOf(mergeConfig({ Entrypoint: ['/bin/sh'] }, image)), { path: '/bin/sh', args: [] });
  assert.deepEqual(commandOf(mergeConfig({ Entrypoint: [''], Cmd: ['ls'] }, image)), { path: 'ls', args: [] });
  assert.throws(() => commandOf(mergeConfig({}, {})), /no command specified/);
});
