import { randomBytes } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { refuse } from '../../containers/refuse.ts';
import { goAddress, splitHost } from '../go-values.ts';
import type { LogSubject } from '../log-subject.ts';
import type { SpoolEntry } from '../spool-reader.ts';
import {
  ATTRIBUTE_OPTIONS,
  type Endpoint,
  type LogOptions,
  type ShippingDriver,
  USUAL_RETRY,
  WRITE_TIMEOUT,
} from './driver.ts';

/** GELF 1.1 over UDP: a message that is larger than this goes in chunks, at most 128 of them. */
const CHUNK_BYTES = 1420;
const CHUNK_HEADER = 12;
const MAX_CHUNKS = 128;
const [LEVEL_ERROR, LEVEL_INFO] = [3, 6];

function endpoint(options: LogOptions): Endpoint {
  const text = options['gelf-address'] ?? '';
  if (text === '') refuse('gelf-address is a required parameter');
  const { scheme, host } = goAddress(text);
  if (scheme !== 'udp' && scheme !== 'tcp') refuse('gelf: endpoint needs to be TCP or UDP');
  const { host: name, port } = splitHost(host);
  if (port === undefined) refuse('gelf: please provide gelf-address as proto://host:port');
  return { kind: scheme, host: name || 'localhost', port: Number(port) };
}

function check(options: LogOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const number = /^[+-]?\d+$/.test(value) ? Number(value) : undefined;
    const bad =
      (name === 'gelf-compression-level' && (number === undefined || number < -1 || number > 9)) ||
      (name === 'gelf-compression-type' && !['gzip', 'zlib', 'none'].includes(value));
    if (bad) refuse(`unknown value ${JSON.stringify(value)} for log opt ${JSON.stringify(name)} for gelf log driver`);
    const tcpOnly = name === 'gelf-tcp-max-reconnect' || name === 'gelf-tcp-reconnect-delay';
    if (tcpOnly && (number === undefined || number < 0)) refuse(`${JSON.stringify(name)} must be a positive integer`);
  }
  const { kind } = endpoint(options);
  for (const name of ['gelf-tcp-max-reconnect', 'gelf-tcp-reconnect-delay']) {
    if (kind === 'udp' && options[name] !== undefined) refuse(`${JSON.stringify(name)} is only valid for TCP`);
  }
  const compression = options['gelf-compression-type'] ?? options['gelf-compression-level'];
  if (kind === 'tcp' && compression !== undefined) refuse('compression is only supported on UDP');
}

function compressor(options: LogOptions): (bytes: Buffer) => Buffer {
  const level = Number(options['gelf-compression-level'] ?? 1);
  const type = options['gelf-compression-type'] ?? 'gzip';
  if (type === 'none') return (bytes) => bytes;
  return type === 'zlib' ? (bytes) => deflateSync(bytes, { level }) : (bytes) => gzipSync(bytes, { level });
}

/** One message as datagrams; nothing when it would need more chunks than GELF allows. */
function chunks(message: Buffer): Buffer[] {
  if (message.length <= CHUNK_BYTES) return [message];
  const room = CHUNK_BYTES - CHUNK_HEADER;
  const count = Math.ceil(message.length / room);
  if (count > MAX_CHUNKS) return [];
  const id = randomBytes(8);
  return Array.from({ length: count }, (_, at) =>
    Buffer.concat([
      Buffer.from([0x1e, 0x0f]),
      id,
      Buffer.from([at, count]),
      message.subarray(at * room, (at + 1) * room),
    ]),
  );
}

function message(entry: SpoolEntry, host: string, extra: Readonly<Record<string, string>>): Buffer {
  const timestamp = Math.floor(Date.parse(entry.time)) / 1000;
  const level = entry.stream === 'stderr' ? LEVEL_ERROR : LEVEL_INFO;
  return Buffer.from(JSON.stringify({ version: '1.1', host, short_message: entry.text, timestamp, level, ...extra }));
}

/** Sends in Graylog's Extended Log Format. */
export const gelf: ShippingDriver = {
  name: 'gelf',
  options: new Set([
    ...ATTRIBUTE_OPTIONS,
    'gelf-address',
    'gelf-compression-level',
    'gelf-compression-type',
    'gelf-tcp-max-reconnect',
    'gelf-tcp-reconnect-delay',
  ]),
  unknown: (option) => `unknown log opt ${JSON.stringify(option)} for gelf log driver`,
  check,
  open(options, subject: LogSubject) {
    const to = endpoint(options);
    const extra: Record<string, string> = {
      _container_id: subject.id,
      _container_name: subject.name,
      _image_id: subject.imageId,
      _image_name: subject.imageName,
      _command: subject.command,
      _tag: subject.tag,
      _created: subject.created,
    };
    for (const [name, value] of Object.entries(subject.attributes)) {
      extra[name.startsWith('_') ? name : `_${name}`] = value;
    }
    const compress = compressor(options);
    const zero = Buffer.from([0]);
    const encodeOne =
      to.kind === 'udp'
        ? (entry: SpoolEntry) => chunks(compress(message(entry, subject.host, extra)))
        : (entry: SpoolEntry) => [message(entry, subject.host, extra), zero];
    const delay = Math.max(Number(options['gelf-tcp-reconnect-delay'] ?? 1) * 1000, USUAL_RETRY.first);
    const attempts = options['gelf-tcp-max-reconnect'];
    return {
      endpoint: to,
      mustConnect: true,
      // Only who says how often it is to be tried wants lines to be given up.
      retry:
        attempts === undefined
          ? { ...USUAL_RETRY, longest: delay }
          : { first: delay, longest: delay, attempts: Number(attempts) },
      writeTimeout: WRITE_TIMEOUT,
      complaint: `gelf: cannot connect to GELF endpoint: ${to.kind === 'unix' ? '' : 'host' in to ? `${to.host}:${to.port}` : ''} `,
      encode: (entries) => ({ parts: entries.flatMap(encodeOne) }),
    };
  },
};
