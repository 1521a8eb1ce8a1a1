import { statSync } from 'node:fs';
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

/** Facilities of RFC 5424, section 6.2.1, by their usual names; numbers 12 to 15 have none. */
const FACILITIES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'].map(
      (name, number) => [name, number],
    ),
  ),
  ...Object.fromEntries(Array.from({ length: 8 }, (_, number) => [`local${number}`, 16 + number])),
};
const DAEMON = 3;
const [SEVERITY_ERROR, SEVERITY_INFO] = [3, 6];
const LOCAL_SOCKETS = ['/dev/log', '/var/run/syslog', '/var/run/log'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const FORMATS = ['', 'rfc3164', 'rfc5424', 'rfc5424micro'];

function endpoint(options: LogOptions): Endpoint {
  const text = options['syslog-address'] ?? '';
  if (text === '') return { kind: 'unixgram', paths: LOCAL_SOCKETS };
  const { scheme, host, path } = goAddress(text);
  if (scheme === 'unix' || scheme === 'unixgram') {
    if (!statSync(path, { throwIfNoEntry: false })) refuse(`stat ${path}: no such file or directory`);
    return scheme === 'unix' ? { kind: 'unix', path } : { kind: 'unixgram', paths: [path] };
  }
  if (!['tcp', 'udp', 'tcp+tls'].includes(scheme)) refuse(`unsupported scheme: '${scheme}'`);
  const { host: name, port } = splitHost(host);
  const address = { host: name || 'localhost', port: Number(port || 514) };
  if (scheme !== 'tcp+tls') return { kind: scheme === 'tcp' ? 'tcp' : 'udp', ...address };
  const file = (key: 'ca' | 'cert' | 'key', option: string) => (options[option] ? { [key]: options[option] } : {});
  const tls = {
    ...file('ca', 'syslog-tls-ca-cert'),
    ...file('cert', 'syslog-tls-cert'),
    ...file('key', 'syslog-tls-key'),
    // Its presence decides, whatever its value.
    skipVerify: options['syslog-tls-skip-verify'] !== undefined,
  };
  return { kind: 'tls', ...address, tls };
}

function facility(text: string | undefined): number {
  if (!text) return DAEMON;
  const number = FACILITIES[text] ?? (/^\+?\d{1,3}$/.test(text) ? Number(text) : -1);
  return number >= 0 && number <= 23 ? number : refuse('invalid syslog facility');
}

/** `Jan _2 15:04:05` in local time (RFC 3164, section 4.1.2). */
function shortDate(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = String(date.getDate()).padStart(2, ' ');
  return `${MONTHS[date.getMonth()]} ${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Everything before the message (RFC 3164 and 5424; without a format as syslog(3) writes to the local socket). */
function head(format: string, priority: number, entry: SpoolEntry, tag: string, host: string): string {
  const { pid } = process;
  if (format === 'rfc5424' || format === 'rfc5424micro') {
    const [seconds = '', part = ''] = entry.time.replace('Z', '').split('.');
    const time = format === 'rfc5424' ? `${seconds}Z` : `${seconds}.${part.padEnd(6, '0').slice(0, 6)}Z`;
    return `<${priority}>1 ${time} ${host} ${tag} ${pid} ${tag} - `;
  }
  const date = shortDate(new Date(entry.time));
  return format === 'rfc3164'
    ? `<${priority}>${date} ${host} ${tag}[${pid}]: `
    : `<${priority}>${date} ${tag}[${pid}]: `;
}

/** Sends to a syslog server, or to this machine's. */
export const syslog: ShippingDriver = {
  name: 'syslog',
  options: new Set([
    ...ATTRIBUTE_OPTIONS,
    'syslog-address',
    'syslog-facility',
    'syslog-format',
    'syslog-tls-ca-cert',
    'syslog-tls-cert',
    'syslog-tls-key',
    'syslog-tls-skip-verify',
  ]),
  unknown: (option) => `unknown log opt '${option}' for syslog log driver`,
  check(options) {
    endpoint(options);
    facility(options['syslog-facility']);
    if (!FORMATS.includes(options['syslog-format'] ?? '')) refuse('Invalid syslog format');
  },
  open(options, subject: LogSubject) {
    const to = endpoint(options);
    const format = options['syslog-format'] ?? '';
    const base = facility(options['syslog-facility']) * 8;
    const tag = subject.tag;
    // Octet counting (RFC 5425) where Docker uses it: RFC 5424 messages over TLS.
    const counted = to.kind === 'tls' && format.startsWith('rfc5424');
    return {
      endpoint: to,
      mustConnect: true,
      retry: USUAL_RETRY,
      writeTimeout: WRITE_TIMEOUT,
      encode: (entries) => ({
        parts: entries.map((entry) => {
          const priority = base + (entry.stream === 'stderr' ? SEVERITY_ERROR : SEVERITY_INFO);
          const message = Buffer.from(`${head(format, priority, entry, tag, subject.host)}${entry.text}\n`);
          return counted ? Buffer.concat([Buffer.from(`${message.length} `), message]) : message;
        }),
      }),
    };
  },
};
