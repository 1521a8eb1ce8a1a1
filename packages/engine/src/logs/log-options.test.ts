import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '@wharf/kit';
import { checkLogConfig, completeLogConfig } from './log-options.ts';

/** What Docker 28.5 said to the same, at the creation or at the start of a container. */
const REFUSED: readonly (readonly [driver: string, options: string, message: string])[] = [
  ['json-file', 'x=1', "unknown log opt 'x' for json-file log driver"],
  ['json-file', 'max-size=abc', "invalid size: 'abc'"],
  ['json-file', 'max-size=-1', "invalid size: '-1'"],
  ['json-file', 'max-size=0', 'max-size must be a positive number'],
  ['json-file', 'max-size=', "invalid size: ''"],
  ['json-file', 'max-file=abc', 'strconv.Atoi: parsing "abc": invalid syntax'],
  ['json-file', 'max-file=0', 'max-file cannot be less than 1'],
  ['json-file', 'compress=maybe', 'strconv.ParseBool: parsing "maybe": invalid syntax'],
  ['json-file', 'compress=true', 'compress cannot be true when max-file is less than 2 or max-size is not set'],
  ['json-file', 'labels-regex=(', 'error parsing regexp: missing closing ): `(`'],
  ['json-file', 'tag={{.ID', 'template: log-tag:1: unclosed action'],
  ['json-file', 'mode=fast', 'logger: logging mode not supported: fast'],
  ['json-file', 'max-buffer-size=1m', "logger: max-buffer-size option is only supported with 'mode=non-blocking'"],
  ['json-file', 'mode=non-blocking max-buffer-size=zz', "error parsing option max-buffer-size: invalid size: 'zz'"],
  ['local', 'x=1', "unknown log opt 'x' for log driver local"],
  ['local', 'max-size=abc', "invalid value for max-size: abc: invalid size: 'abc'"],
  ['local', 'max-file=abc', 'invalid value for max-file: abc: strconv.Atoi: parsing "abc": invalid syntax'],
  ['local', 'max-file=1', 'compression cannot be enabled when max file count is 1'],
  ['local', 'compress=maybe', 'error reading compress log option: strconv.ParseBool: parsing "maybe": invalid syntax'],
  ['syslog', 'x=1', "unknown log opt 'x' for syslog log driver"],
  ['syslog', 'syslog-address=foo', "unsupported scheme: ''"],
  ['syslog', 'syslog-address=foo://a', "unsupported scheme: 'foo'"],
  ['syslog', 'syslog-address=tcp://a:b', 'parse "tcp://a:b": invalid port ":b" after host'],
  ['syslog', 'syslog-address=unixgram:///nope', 'stat /nope: no such file or directory'],
  ['syslog', 'syslog-facility=24', 'invalid syslog facility'],
  ['syslog', 'syslog-format=zz', 'Invalid syslog format'],
  ['syslog', 'cache-disabled=maybe', 'invalid value for option cache-disabled: maybe'],
  ['syslog', 'cache-bogus=1', "unknown log opt 'cache-bogus' for syslog log driver"],
  ['gelf', '', 'gelf-address is a required parameter'],
  ['gelf', 'gelf-address=foo', 'gelf: endpoint needs to be TCP or UDP'],
  ['gelf', 'gelf-address=udp://a', 'gelf: please provide gelf-address as proto://host:port'],
  [
    'gelf',
    'gelf-address=udp://a:1 gelf-compression-level=10',
    'unknown value "10" for log opt "gelf-compression-level" for gelf log driver',
  ],
  ['gelf', 'gelf-address=tcp://a:1 gelf-compression-type=gzip', 'compression is only supported on UDP'],
  ['gelf', 'gelf-address=tcp://a:1 gelf-tcp-max-reconnect=-1', '"gelf-tcp-max-reconnect" must be a positive integer'],
  ['gelf', 'gelf-address=udp://a:1 gelf-tcp-max-reconnect=1', '"gelf-tcp-max-reconnect" is only valid for TCP'],
  ['fluentd', 'x=1', "unknown log opt 'x' for fluentd log driver"],
  [
    'fluentd',
    'fluentd-address=foo:bar',
    'invalid fluentd-address (foo:bar): parse "tcp://foo:bar": invalid port ":bar" after host',
  ],
  [
    'fluentd',
    'fluentd-address=127.0.0.1:99999',
    'invalid fluentd-address (127.0.0.1:99999): invalid port: strconv.ParseUint: parsing "99999": value out of range',
  ],
  [
    'fluentd',
    'fluentd-address=tcp://127.0.0.1:1/path',
    'invalid fluentd-address (tcp://127.0.0.1:1/path): should not contain a path element',
  ],
  ['fluentd', 'fluentd-address=unix://', 'invalid fluentd-address (unix://): path is empty'],
  ['fluentd', 'fluentd-address=http://a:1', "invalid fluentd-address (http://a:1): unsupported scheme: 'http'"],
  ['fluentd', 'fluentd-async=zz', 'strconv.ParseBool: parsing "zz": invalid syntax'],
  ['fluentd', 'fluentd-buffer-limit=zz', "invalid size: 'zz'"],
  ['fluentd', 'fluentd-retry-wait=10', 'time: missing unit in duration "10"'],
  ['fluentd', 'fluentd-max-retries=-1', 'strconv.ParseUint: parsing "-1": invalid syntax'],
  [
    'fluentd',
    'fluentd-write-timeout=-1s',
    'invalid value for fluentd-write-timeout: value must be a duration that is non-negative',
  ],
  [
    'fluentd',
    'fluentd-async-reconnect-interval=10ms',
    'invalid value for fluentd-async-reconnect-interval: value ("10ms") must be between 100ms and 10s',
  ],
  ['journald', 'x=1', "unknown log opt 'x' for journald log driver"],
  ['bogus', '', 'error looking up logging plugin bogus: plugin "bogus" not found'],
];

const parse = (options: string) =>
  Object.fromEntries(
    options
      .split(' ')
      .filter(Boolean)
      .map((option) => [option.slice(0, option.indexOf('=')), option.slice(option.indexOf('=') + 1)]),
  );

for (const [driver, options, message] of REFUSED) {
  test(`refused: ${driver} ${options}`, () => {
    assert.throws(
      () => checkLogConfig(driver, parse(options)),
      (error) => messageOf(error) === message || assert.equal(messageOf(error), message) === undefined,
    );
  });
}

test('what Docker takes is taken', () => {
  for (const [driver, options] of [
    ['json-file', 'max-size=1m max-file=3 compress=true labels=a env=b labels-regex=^a env-regex=b$ tag={{.Name}}'],
    ['json-file', 'mode=non-blocking max-buffer-size=4m cache-disabled=true'],
    ['local', 'max-size=1m max-file=2 compress=false'],
    ['local', ''],
    [
      'syslog',
      'syslog-address=tcp+tls://[::1]:6514 syslog-facility=local7 syslog-format=rfc5424 syslog-tls-skip-verify=1',
    ],
    ['syslog', 'syslog-facility=23 cache-max-size=1m cache-max-file=2 cache-compress=false'],
    ['gelf', 'gelf-address=udp://h:12201 gelf-compression-type=zlib gelf-compression-level=-1'],
    ['gelf', 'gelf-address=tcp://h:12201 gelf-tcp-max-reconnect=3 gelf-tcp-reconnect-delay=2'],
    ['fluentd', 'fluentd-address=tls://h fluentd-async=true fluentd-buffer-limit=8m fluentd-write-timeout=1s'],
    ['journald', 'tag=x labels=a'],
    ['none', ''],
  ] as const) {
    checkLogConfig(driver, parse(options));
  }
});

test('the options of the engine are for its own driver only, and a container overrides them one by one', () => {
  const engine = { logDriver: 'local', logOptions: { 'max-size': '1m', 'max-file': '3' } };
  assert.deepEqual(completeLogConfig(undefined, engine), { Type: 'local', Config: engine.logOptions });
  assert.deepEqual(completeLogConfig({ Config: { 'max-size': '2m' } }, engine).Config, {
    'max-size': '2m',
    'max-file': '3',
  });
  assert.deepEqual(completeLogConfig({ Type: 'json-file' }, engine), { Type: 'json-file', Config: {} });
});
