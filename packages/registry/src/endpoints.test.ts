import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultEndpoints } from './endpoints.ts';

const urls = (settings: Parameters<typeof defaultEndpoints>[0], registry: string) =>
  defaultEndpoints(settings)(registry).map(({ url }) => url);

test('docker.io is asked for at the Hub, the mirrors and docker.io itself', () => {
  const settings = { hub: 'http://127.0.0.1:5001', mirrors: ['https://mirror.example/'] };
  assert.deepEqual(defaultEndpoints(settings)('docker.io'), [
    { url: 'http://127.0.0.1:5001', mirror: true, insecure: true },
    { url: 'https://mirror.example', mirror: true },
    { url: 'https://registry-1.docker.io' },
  ]);
  assert.deepEqual(urls(settings, 'quay.io'), ['https://quay.io']);
});

test('plain text is for loopback and for registries that are listed as insecure', () => {
  const settings = { insecureRegistries: ['reg.local:5000', '10.1.0.0/16', 'fd00::/8', 'http://other.local'] };
  const plain = [
    'localhost',
    'localhost:5000',
    '127.3.2.1:80',
    '[::1]:5000',
    'reg.local:5000',
    '10.1.2.3:5000',
    '[fd12::1]',
    'other.local:1',
  ];
  for (const registry of plain)
    assert.deepEqual(urls(settings, registry), [`https://${registry}`, `http://${registry}`]);
  const secure = ['reg.local', 'reg.local:5001', '10.2.0.1', '128.0.0.1', 'localhost.example', '[fe80::1]'];
  for (const registry of secure) assert.deepEqual(urls(settings, registry), [`https://${registry}`]);
});

test('settings that cannot be meant are refused at once', () => {
  const bad = [
    { mirrors: ['mirror.example'] },
    { mirrors: ['https://u:p@m.example'] },
    { mirrors: ['https://m.example/path'] },
  ];
  for (const settings of [...bad, { insecureRegistries: ['10.0.0.0/33'] }, { insecureRegistries: ['10.0.0.0/x'] }]) {
    assert.throws(() => defaultEndpoints(settings), { code: 'INVALID_REGISTRY_SETTING' });
  }
  const message = 'Get "https://x.example:99999/v2/": dial tcp: address 99999: invalid port';
  assert.throws(() => defaultEndpoints({})('x.example:99999'), { code: 'REGISTRY_UNREACHABLE', message });
});
