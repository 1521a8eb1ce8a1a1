/** One message of the journal by the names of its fields. */
export type JournalFields = Readonly<Record<string, string>>;

/** Messages of the journal's native protocol, as `datagrams PATH hex` prints them: a datagram a line, in hex. */
export function decodeJournal(printed: string): JournalFields[] {
  return printed
    .split('\n')
    .filter((line) => /^([0-9a-f]{2})+$/.test(line))
    .map((line) => decode(Buffer.from(line, 'hex')));
}

/** `NAME=value\n`, or `NAME\n`, the length in 64 bits, the value, `\n`. */
function decode(bytes: Buffer): JournalFields {
  const fields: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const line = bytes.toString('utf8', at, end);
    const equals = line.indexOf('=');
    if (equals >= 0) {
      fields[line.slice(0, equals)] = line.slice(equals + 1);
      at = end + 1;
    } else {
      const length = Number(bytes.readBigUInt64LE(end + 1));
      fields[line] = bytes.toString('utf8', end + 9, end + 9 + length);
      at = end + 10 + length;
    }
  }
  return fields;
}
