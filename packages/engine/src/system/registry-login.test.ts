import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registryOf } from './registry-login.ts';

test('server addresses name registries, whatever form clients have for them', () => {
  for (const address of ['', 'https://index.docker.io/v1/', 'docker.io', 'registry-1.docker.io']) {
    assert.equal(registryOf(address), 'docker.io');
  }
  assert.equal(registryOf('127.0.0.1:5000'), '127.0.0.1:5000');
  assert.equal(registryOf('http://r.example:5000/v2/'), 'r.example:5000');
});
