import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import {
  areDetachKeys,
  booleanParameter,
  integerParameter,
  parsePlatform,
  parsePlatformJson,
  registryCredentials,
  timestampParameter,
} from './parameters.ts';

const query = (value: string) => new URLSearchParams({ v: value });

describe('query parameters', () => {
  it('reads truth as Docker does', () => {
    for (const text of ['1', 'true', 'True', 'yes', 'on', 'x']) assert.equal(booleanParameter(query(text), 'v'), true);
    for (const text of ['', '0', 'no', 'FALSE', ' none ']) assert.equal(booleanParameter(query(text), 'v'), false);
    assert.equal(booleanParameter(new URLSearchParams(), 'v'), false);
  });
  it('reads whole numbers', () => {
    assert.equal(integerParameter(query('-5'), 'v'), -5);
    assert.equal(integerParameter(query(''), 'v'), undefined);
    for (const text of ['1.5', 'x', '1e3', '9'.repeat(20)]) {
      assert.throws(() => integerParameter(query(text), 'v'), { code: 'BAD_PARAMETER' });
    }
  });
  it('reads times to the nanosecond', () => {
    assert.equal(timestampParameter(query('1136073600'), 'v'), 1_136_073_600_000_000_000n);
    assert.equal(timestampParameter(query('1136073600.000000001'), 'v'), 1_136_073_600_000_000_001n);
    assert.equal(timestampParameter(query('1.5'), 'v'), 1_500_000_000n);
    assert.equal(timestampParameter(query('0'), 'v'), undefined);
    assert.throws(() => timestampParameter(query('2026-01-01'), 'v'), { code: 'BAD_PARAMETER' });
  });
});

describe('platforms', () => {
  it('takes one, two or three parts', () => {
    assert.deepEqual(parsePlatform('linux/arm64/v8'), { os: 'linux', architecture: 'arm64', variant: 'v8' });
    assert.deepEqual(parsePlatform('Linux/x86_64'), { os: 'linux', architecture: 'amd64' });
    assert.deepEqual(parsePlatform('linux'), { os: 'linux' });
    assert.deepEqual(parsePlatform('aarch64'), { os: 'linux', architecture: 'arm64' });
  });
  it('refuses the rest', () => {
    assert.throws(() => parsePlatform('foo'), {
      message: '"foo": unknown operating system or architecture: invalid argument',
    });
    for (const text of ['', 'a/b/c/d', 'linux/', 'linux/../x', '*']) {
      assert.throws(() => parsePlatform(text), { code: 'BAD_PARAMETER' });
    }
  });
  it('takes OCI JSON', () => {
    const text = '{"os":"linux","architecture":"arm64","variant":"v8"}';
    assert.deepEqual(parsePlatformJson(text), { os: 'linux', architecture: 'arm64', variant: 'v8' });
    for (const bad of ['', '7', 'null', '{}', '{"os":"linux"}', '{"os":1,"architecture":"a"}']) {
      assert.throws(() => parsePlatformJson(bad), { code: 'BAD_PARAMETER' });
    }
  });
});

describe('registryCredentials', () => {
  const read = (value: unknown, encoding: 'base64' | 'base64url' = 'base64url') =>
    registryCredentials({ 'x-registry-auth': Buffer.from(JSON.stringify(value)).toString(encoding) });

  it('reads both kinds of base64 and leaves out what is empty', () => {
    const login = { username: 'ü?>', password: 'p', email: '', identitytoken: '' };
    for (const encoding of ['base64', 'base64url'] as const) {
      assert.deepEqual(read(login, encoding), { username: 'ü?>', password: 'p' });
    }
    assert.deepEqual(read({ identitytoken: 't', serveraddress: 's' }), { identityToken: 't', serverAddress: 's' });
    assert.deepEqual(read({ registrytoken: 't' }), { registryToken: 't' });
    assert.deepEqual(read({ auth: Buffer.from('u:p:q').toString('base64') }), { username: 'u', password: 'p:q' });
  });
  it('takes what it cannot read for no login', () => {
    assert.equal(registryCredentials({}), undefined);
    assert.equal(registryCredentials({ 'x-registry-auth': '!!' }), undefined);
    assert.equal(read(7), undefined);
    assert.deepEqual(read({ username: 7 }), {});
  });
});

test('detach keys are characters and control characters', () => {
  for (const text of ['', 'a', 'ctrl-p,ctrl-q', 'ctrl-@,x', 'ctrl-\\', 'ctrl-]']) assert.ok(areDetachKeys(text), text);
  for (const text of ['ctrl-^^', 'ab', 'ctrl-1', 'ctrl-p,']) assert.ok(!areDetachKeys(text), text);
});
