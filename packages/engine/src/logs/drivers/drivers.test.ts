import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import type { LogSubject } from '../log-subject.ts';
import type { SpoolEntry } from '../spool-reader.ts';
import { fluentd } from './fluentd.ts';
import { gelf } from './gelf.ts';
import { journald } from './journald.ts';
import { eventTime, pack } from './msgpack.ts';
import { syslog } from './syslog.ts';

const subject: LogSubject = {
  id: 'c0ffee'.repeat(11).slice(0, 64),
  name: 'web',
  imageId: `sha256:${'ab'.repeat(32)}`,
  imageName: 'nginx:1',
  command: 'nginx -g x',
  created: '2026-01-01T00:00:00Z',
  host: 'host-1',
  tag: 'c0ffeec0ffee',
  attributes: { 'com.x-y': 'label', _own: '1' },
};
const places = { journal: '/nowhere' };
const entry: SpoolEntry = { text: 'hello', stream: 'stdout', time: '2026-01-02T03:04:05.678912Z' };
const bytes = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString();

test('syslog: each format', () => {
  const send = (options: Readonly<Record<string, string>>, of: SpoolEntry = entry) =>
    bytes(syslog.open({ 'syslog-address': 'tcp://h:1', ...options }, subject, places).encode([of]).parts);
  const { pid } = process;
  const tag = 'c0ffeec0ffee';
  assert.equal(
    send({ 'syslog-format': 'rfc5424' }),
    `<30>1 2026-01-02T03:04:05Z host-1 ${tag} ${pid} ${tag} - hello\n`,
  );
  assert.equal(
    send({ 'syslog-format': 'rfc5424micro', 'syslog-facility': 'kern' }, { ...entry, stream: 'stderr' }),
    `<3>1 2026-01-02T03:04:05.678912Z host-1 ${tag} ${pid} ${tag} - hello\n`,
  );
  const date = '\\w{3} [ \\d]\\d [\\d:]{8}';
  assert.match(send({ 'syslog-format': 'rfc3164' }), new RegExp(`^<30>${date} host-1 ${tag}\\[${pid}\\]: hello\n$`));
  assert.match(send({}), new RegExp(`^<30>${date} ${tag}\\[${pid}\\]: hello\n$`));
  const counted = send({ 'syslog-address': 'tcp+tls://h', 'syslog-format': 'rfc5424' });
  assert.match(counted, /^\d+ <30>1 /);
  assert.equal(Number.parseInt(counted, 10), counted.length - counted.indexOf(' ') - 1);
});

test('syslog: where to', () => {
  const to = (address: string, more = {}) =>
    syslog.open({ 'syslog-address': address, ...more }, subject, places).endpoint;
  assert.deepEqual(to('udp://h'), { kind: 'udp', host: 'h', port: 514 });
  assert.deepEqual(to('tcp://[::1]:99'), { kind: 'tcp', host: '::1', port: 99 });
  assert.deepEqual(to('tcp+tls://h:6514', { 'syslog-tls-ca-cert': '/ca', 'syslog-tls-skip-verify': '' }), {
    kind: 'tls',
    host: 'h',
    port: 6514,
    tls: { ca: '/ca', skipVerify: true },
  });
  assert.equal(syslog.open({}, subject, places).endpoint.kind, 'unixgram');
});

test('gelf: fields, and chunks of what is too long for one datagram', () => {
  const options = { 'gelf-address': 'udp://h:1', 'gelf-compression-type': 'zlib' };
  const [whole] = gelf.open(options, subject, places).encode([{ ...entry, stream: 'stderr' }]).parts;
  assert.deepEqual(JSON.parse(inflateSync(whole ?? Buffer.alloc(0)).toString()), {
    version: '1.1',
    host: 'host-1',
    short_message: 'hello',
    timestamp: 1_767_323_045.678,
    level: 3,
    _container_id: subject.id,
    _container_name: 'web',
    _image_id: subject.imageId,
    _image_name: 'nginx:1',
    _command: 'nginx -g x',
    _tag: 'c0ffeec0ffee',
    _created: subject.created,
    '_com.x-y': 'label',
    _own: '1',
  });
  const plain = { ...options, 'gelf-compression-type': 'none' };
  const parts = gelf.open(plain, subject, places).encode([{ ...entry, text: 'x'.repeat(5000) }]).parts;
  assert.ok(parts.length > 3);
  for (const [at, part] of parts.entries()) {
    assert.deepEqual([part[0], part[1], part[10], part[11]], [0x1e, 0x0f, at, parts.length]);
    assert.deepEqual(part.subarray(2, 10), parts[0]?.subarray(2, 10));
  }
  const message = Buffer.concat(parts.map((part) => part.subarray(12))).toString();
  assert.equal((JSON.parse(message) as { short_message: string }).short_message.length, 5000);
});

test('fluentd: one message a line, or acknowledged chunks', () => {
  const plain = fluentd.open({}, subject, places).encode([entry, entry]);
  assert.equal(plain.parts.length, 2);
  assert.equal(plain.acknowledged, undefined);
  const chunk = fluentd.open({ 'fluentd-request-ack': 'true' }, subject, places).encode([entry, entry]);
  const id = /chunk.(.{24})$/s.exec(bytes(chunk.parts))?.[1] ?? '';
  assert.equal(chunk.acknowledged?.(pack(new Map([['ack', 'other']]))), false);
  assert.equal(chunk.acknowledged?.(pack(new Map([['ack', id]])).subarray(0, 10)), false);
  assert.equal(chunk.acknowledged?.(pack(new Map([['ack', id]]))), true);
  const wait = fluentd.open(
    { 'fluentd-retry-wait': '250ms', 'fluentd-async': '1', 'fluentd-write-timeout': '2s' },
    subject,
    places,
  );
  assert.deepEqual([wait.retry.first, wait.mustConnect, wait.writeTimeout], [250, false, 2000]);
});

test('MessagePack: the forms of each length', () => {
  const hex = (value: Parameters<typeof pack>[0]) => pack(value).subarray(0, 5).toString('hex');
  assert.equal(hex(5), '05');
  assert.equal(hex(1_767_323_045), 'cf00000000');
  assert.equal(hex(true), 'c3');
  assert.equal(hex('ab'), 'a26162');
  assert.equal(hex('a'.repeat(40)), 'd928616161');
  assert.equal(hex('a'.repeat(300)), 'da012c6161');
  assert.equal(hex('a'.repeat(70_000)), 'db00011170');
  assert.equal(hex(Array.from({ length: 20 }, () => 1)), 'dc00140101');
  assert.equal(hex(new Map([['a', 'b']])), '81a161a162');
  assert.equal(Buffer.from(eventTime(1_500_000_007n)).toString('hex'), 'd700000000011dcd6507');
});

test('journald: fields, values of several lines, attributes with names that the journal takes', () => {
  const [whole] = journald.open({}, subject, places).encode([{ ...entry, text: 'two\nlines' }]).parts;
  const text = Buffer.from(whole ?? '').toString('latin1');
  assert.ok(text.startsWith('MESSAGE\n\u0009\0\0\0\0\0\0\0two\nlines\nPRIORITY=6\n'));
  for (const field of [
    'CONTAINER_NAME=web',
    'CONTAINER_TAG=c0ffeec0ffee',
    'IMAGE_NAME=nginx:1',
    'COM_X_Y=label',
    'OWN=1',
  ]) {
    assert.ok(text.includes(`\n${field}\n`), field);
  }
  const partial = { id: 'p', ordinal: 1, last: false };
  const part = bytes(journald.open({}, subject, places).encode([{ ...entry, partial }]).parts);
  assert.match(part, /CONTAINER_PARTIAL_MESSAGE=true\n/);
});
