import { fail } from '../errors.ts';

/** The ports `PORT[/PROTO]` or `START-END[/PROTO]` of a filter, as `80/tcp`. Throws BAD_CONFIG in Docker's words. */
export function portsOfFilter(key: string, value: string): ReadonlySet<string> {
  if (value.startsWith(':')) throw fail('BAD_CONFIG', `filter for '${key}' should not contain ':': ${value}`);
  const [ports = '', protocol = 'tcp'] = value.split('/', 2);
  const [first = '', last = first] = ports.split('-', 2);
  const [start, end] = [first, last].map((text) => portNumber(text, key, value)) as [number, number];
  if (end < start) throw wrong(key, value, `invalid range specified for port: ${ports}`);
  return new Set(Array.from({ length: end - start + 1 }, (_, at) => `${start + at}/${protocol.toLowerCase()}`));
}

function portNumber(text: string, key: string, value: string): number {
  const about = `strconv.ParseUint: parsing ${JSON.stringify(text)}`;
  if (!/^\d+$/.test(text)) throw wrong(key, value, `${about}: invalid syntax`);
  const number = Number(text);
  if (number > 65_535) throw wrong(key, value, `${about}: value out of range`);
  return number;
}

function wrong(key: string, value: string, reason: string): Error {
  return fail('BAD_CONFIG', `error while looking up for ${key} ${value}: ${reason}`);
}
