import type { LogSubject } from '../log-subject.ts';
import type { SpoolEntry } from '../spool-reader.ts';
import { ATTRIBUTE_OPTIONS, type ShippingDriver, USUAL_RETRY, WRITE_TIMEOUT } from './driver.ts';

const [PRIORITY_ERROR, PRIORITY_INFO] = ['3', '6'];

/** Names of the journal's fields: capital letters, digits, underscores, none of them in front. */
function fieldName(name: string): string {
  return name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .replace(/^_+/, '');
}

/** Bytes of labels and variables in each message. With them and a line of 16 KiB a datagram is one that the kernel takes. */
const MAX_ATTRIBUTES = 64 * 1024;

/** As many of the attributes as fit; the rest is left out rather than the log. */
function attributeFields(attributes: Readonly<Record<string, string>>): Buffer[] {
  let left = MAX_ATTRIBUTES;
  return Object.entries(attributes).flatMap(([name, value]) => {
    const bytes = fieldName(name) === '' ? undefined : field(fieldName(name), value);
    if (!bytes || bytes.length > left) return [];
    left -= bytes.length;
    return [bytes];
  });
}

/** A field as the journal's native protocol has it: values with a newline are sent with their length. */
function field(name: string, value: string): Buffer {
  if (!value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
}

function datagram(entry: SpoolEntry, common: Buffer): Buffer {
  const { partial } = entry;
  const fields: [string, string][] = [
    ['MESSAGE', entry.text],
    ['PRIORITY', entry.stream === 'stderr' ? PRIORITY_ERROR : PRIORITY_INFO],
    ['SYSLOG_TIMESTAMP', entry.time],
  ];
  if (partial) {
    fields.push(['CONTAINER_PARTIAL_ID', partial.id]);
    fields.push(['CONTAINER_PARTIAL_ORDINAL', String(partial.ordinal)]);
    fields.push(['CONTAINER_PARTIAL_LAST', String(partial.last)]);
    if (!partial.last) fields.push(['CONTAINER_PARTIAL_MESSAGE', 'true']);
  }
  return Buffer.concat([...fields.map(([name, value]) => field(name, value)), common]);
}

/** Sends to systemd's journal in its native protocol. */
export const journald: ShippingDriver = {
  name: 'journald',
  options: new Set(ATTRIBUTE_OPTIONS),
  unknown: (option) => `unknown log opt '${option}' for journald log driver`,
  check() {},
  open(_, subject: LogSubject, places) {
    const tag = subject.tag;
    const fields: [string, string][] = [
      ['CONTAINER_ID', subject.id.slice(0, 12)],
      ['CONTAINER_ID_FULL', subject.id],
      ['CONTAINER_NAME', subject.name],
      ['CONTAINER_TAG', tag],
      ['IMAGE_NAME', subject.imageName],
      ['SYSLOG_IDENTIFIER', tag],
    ];
    const common = Buffer.concat([
      ...fields.map(([name, value]) => field(name, value)),
      ...attributeFields(subject.attributes),
    ]);
    return {
      endpoint: { kind: 'unixgram', paths: [places.journal] },
      mustConnect: true,
      retry: USUAL_RETRY,
      writeTimeout: WRITE_TIMEOUT,
      encode: (entries) => ({ parts: entries.map((entry) => datagram(entry, common)) }),
    };
  },
};
