import { createHash } from 'node:crypto';
import { messageOf } from '@wharf/kit';
import { parseGoDuration, ramInBytes } from '@wharf/spec';
import { refuse } from '../../containers/refuse.ts';
import { goAddress, goBool, goUnsigned, splitHost, tryBool } from '../go-values.ts';
import { entryNanos } from '../log-lines.ts';
import type { LogSubject } from '../log-subject.ts';
import type { SpoolEntry } from '../spool-reader.ts';
import { ATTRIBUTE_OPTIONS, type Encoded, type Endpoint, type LogOptions, type ShippingDriver } from './driver.ts';
import { eventTime, type Packable, pack } from './msgpack.ts';

const DEFAULT_PORT = 24224;
const DEFAULT_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
const MILLISECOND = 1_000_000n;

function endpoint(text: string | undefined): Endpoint {
  if (!text) return { kind: 'tcp', host: '127.0.0.1', port: DEFAULT_PORT };
  const bad = (why: string) => refuse(`invalid fluentd-address (${text}): ${why}`);
  const whole = text.includes('://') ? text : `tcp://${text}`;
  let address: ReturnType<typeof goAddress>;
  try {
    address = goAddress(whole);
  } catch (error) {
    return bad(messageOf(error));
  }
  const { scheme, host, path } = address;
  if (scheme === 'unix') return path === '' ? bad('path is empty') : { kind: 'unix', path };
  if (scheme !== 'tcp' && scheme !== 'tls') return bad(`unsupported scheme: '${scheme}'`);
  if (path !== '') return bad('should not contain a path element');
  const { host: name, port } = splitHost(host);
  if (Number(port || 0) > 65_535) {
    return bad(`invalid port: strconv.ParseUint: parsing ${JSON.stringify(port)}: value out of range`);
  }
  const where = { host: name || '127.0.0.1', port: port ? Number(port) : DEFAULT_PORT };
  return scheme === 'tcp' ? { kind: 'tcp', ...where } : { kind: 'tls', ...where, tls: { skipVerify: false } };
}

const milliseconds = (text: string) => Number(parseGoDuration(text) / MILLISECOND);

function timeout(options: LogOptions, name: string): number {
  const text = options[name];
  if (!text) return 0;
  let value = 0;
  try {
    value = milliseconds(text);
  } catch (error) {
    refuse(`invalid value for ${name}: value must be a duration: ${messageOf(error)}`);
  }
  return value < 0 ? refuse(`invalid value for ${name}: value must be a duration that is non-negative`) : value;
}

function checkReconnect(text: string | undefined): void {
  if (!text) return;
  let value = 0;
  try {
    value = milliseconds(text);
  } catch (error) {
    refuse(`invalid value for fluentd-async-reconnect-interval: ${messageOf(error)}`);
  }
  if (value !== 0 && (value < 100 || value > 10_000)) {
    refuse(
      `invalid value for fluentd-async-reconnect-interval: value (${JSON.stringify(text)}) must be between 100ms and 10s`,
    );
  }
}

function check(options: LogOptions): void {
  endpoint(options['fluentd-address']);
  if (options['fluentd-buffer-limit']) ramInBytes(options['fluentd-buffer-limit']);
  if (options['fluentd-retry-wait']) parseGoDuration(options['fluentd-retry-wait']);
  if (options['fluentd-max-retries']) goUnsigned(options['fluentd-max-retries']);
  for (const name of ['fluentd-async', 'fluentd-sub-second-precision', 'fluentd-request-ack']) {
    if (options[name]) goBool(options[name]);
  }
  checkReconnect(options['fluentd-async-reconnect-interval']);
  timeout(options, 'fluentd-write-timeout');
  timeout(options, 'fluentd-read-timeout');
}

function recordOf(entry: SpoolEntry, subject: LogSubject): Map<string, string> {
  const record = new Map([
    ['container_id', subject.id],
    ['container_name', `/${subject.name}`],
    ['source', entry.stream],
    ['log', entry.text],
    ...Object.entries(subject.attributes),
  ]);
  if (entry.partial) {
    record.set('partial_message', 'true');
    record.set('partial_id', entry.partial.id);
    record.set('partial_ordinal', String(entry.partial.ordinal));
    record.set('partial_last', String(entry.partial.last));
  }
  return record;
}

/** The chunk that a receiver names in its answer, a map with the one member `ack`. */
function acknowledges(answer: Buffer, chunk: string): boolean {
  return answer.includes(pack(new Map([['ack', chunk]])).subarray(1));
}

/** Sends in Fluentd's Forward protocol, version 1. */
export const fluentd: ShippingDriver = {
  name: 'fluentd',
  options: new Set([
    ...ATTRIBUTE_OPTIONS,
    'fluentd-address',
    'fluentd-async',
    'fluentd-async-reconnect-interval',
    'fluentd-buffer-limit',
    'fluentd-max-retries',
    'fluentd-read-timeout',
    'fluentd-request-ack',
    'fluentd-retry-wait',
    'fluentd-sub-second-precision',
    'fluentd-write-timeout',
  ]),
  unknown: (option) => `unknown log opt '${option}' for fluentd log driver`,
  check,
  open(options, subject) {
    const tag = subject.tag;
    const isOn = (name: string) => tryBool(options[name] ?? '') ?? false;
    const precise = isOn('fluentd-sub-second-precision');
    const time = (entry: SpoolEntry): Packable => {
      const nanos = entryNanos(entry.time);
      return precise ? eventTime(nanos) : Number(nanos / 1_000_000_000n);
    };
    const plain = (entries: readonly SpoolEntry[]): Encoded => ({
      // Message mode: one array for each line.
      parts: entries.map((entry) => pack([tag, time(entry), recordOf(entry, subject), new Map()])),
    });
    const confirmed = (entries: readonly SpoolEntry[]): Encoded => {
      // Forward mode: the lines of a chunk are acknowledged together.
      const events = pack(entries.map((entry): Packable => [time(entry), recordOf(entry, subject)]));
      // The same lines are the same chunk, however often they are sent: receivers that look at it take them once.
      const chunk = createHash('sha256').update(events).digest().subarray(0, 16).toString('base64');
      const option = new Map<string, Packable>([
        ['size', entries.length],
        ['chunk', chunk],
      ]);
      return { parts: [pack([tag, events, option])], acknowledged: (answer) => acknowledges(answer, chunk) };
    };
    const { 'fluentd-max-retries': retries, 'fluentd-async-reconnect-interval': interval } = options;
    return {
      endpoint: endpoint(options['fluentd-address']),
      mustConnect: !isOn('fluentd-async'),
      ...(interval && isOn('fluentd-async') ? { renewAfter: milliseconds(interval) } : {}),
      retry: {
        first: options['fluentd-retry-wait'] ? milliseconds(options['fluentd-retry-wait']) : DEFAULT_RETRY_MS,
        longest: LONGEST_RETRY_MS,
        attempts: retries ? Number(retries) : Number.POSITIVE_INFINITY,
      },
      // A chunk that is to be acknowledged is written when its answer was read.
      writeTimeout:
        timeout(options, 'fluentd-write-timeout') +
        (isOn('fluentd-request-ack') ? timeout(options, 'fluentd-read-timeout') : 0),
      encode: isOn('fluentd-request-ack') ? confirmed : plain,
    };
  },
};
