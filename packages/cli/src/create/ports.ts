import { isIP } from 'node:net';
import { messageOf } from '@wharf/kit';
import type { PortBinding } from '@wharf/spec';
import { splitCsv } from '../framework/kinds.ts';
import { parseUint } from '../framework/numbers.ts';
import { refuse } from './refuse.ts';

interface Range {
  readonly first: number;
  readonly last: number;
}

/** `80` or `80-90`; whatever follows a second dash is ignored, as Docker does. */
function parseRange(text: string): Range {
  if (text === '') throw refuse('empty string specified for ports');
  const [first = '', last = first] = text.split('-');
  const range = { first: parseUint(first, 16), last: parseUint(last, 16) };
  if (range.last < range.first) throw refuse(`invalid range specified for port: ${text}`);
  return range;
}

function rangeOr(text: string, message: string): Range {
  try {
    return parseRange(text);
  } catch {
    // The message names the whole value; which digit is wrong would not help.
    throw refuse(`${message}: ${text}`);
  }
}

/** `80/udp` → ['80', 'udp']; tcp when nothing is said. */
function splitProtocol(text: string): [string, string] {
  const [port = '', protocol] = text.split('/');
  return port === '' ? ['', ''] : [port, protocol || 'tcp'];
}

function stripBrackets(address: string): string {
  if (!address.startsWith('[')) return address;
  const inner = /^\[([^[\]]*)\]$/.exec(address)?.[1];
  if (inner !== undefined) return inner;
  const problem = address.includes(']') ? 'missing port in address' : "missing ']' in address";
  throw refuse(`invalid IP address ${address}: address ${address}:: ${problem}`);
}

/** `published=…,target=…,protocol=…` in the short form. */
function shorten(text: string): string {
  if (!text.includes('=')) return text;
  const fields = new Map([['protocol', 'tcp']]);
  for (const field of splitCsv(text)) {
    const at = field.indexOf('=');
    if (at < 0) throw refuse(`invalid publish opts format (should be name=value but got '${field}')`);
    fields.set(field.slice(0, at), field.slice(at + 1));
  }
  const published = fields.get('published') ?? '';
  return `${published === '' ? '' : `${published}:`}${fields.get('target') ?? ''}/${fields.get('protocol') ?? ''}`;
}

interface Published {
  readonly port: string;
  readonly binding: PortBinding;
}

/** `[[ip:][hostPort]:]containerPort[/protocol]`, ranges included, one entry per container port. */
function parsePublish(text: string): Published[] {
  const spec = shorten(text);
  const parts = spec.split(':');
  const [port, proto] = splitProtocol(parts.at(-1) ?? '');
  const hostPort = parts.at(-2) ?? '';
  if (port === '') throw refuse(`no port specified: ${spec}<empty>`);
  const protocol = proto.toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw refuse(`invalid proto: ${protocol}`);
  const address = stripBrackets(parts.slice(0, -2).join(':'));
  if (address !== '' && isIP(address) === 0) throw refuse(`invalid IP address: ${address}`);
  const inside = rangeOr(port, 'invalid containerPort');
  const outside = hostPort === '' ? undefined : rangeOr(hostPort, 'invalid hostPort');
  const count = inside.last - inside.first + 1;
  if (outside && count > 1 && outside.last - outside.first + 1 !== count) {
    throw refuse(`invalid ranges specified for container and host Ports: ${port} and ${hostPort}`);
  }
  return Array.from({ length: count }, (_, at) => {
    let host = outside ? String(outside.first + at) : '';
    // One port inside and several outside: the engine picks a free one.
    if (outside && count === 1 && outside.last > outside.first) host += `-${outside.last}`;
    return { port: `${inside.first + at}/${protocol}`, binding: { HostIp: address, HostPort: host } };
  });
}

function parseExpose(text: string): string[] {
  if (text.includes(':')) throw refuse(`invalid port format for --expose: ${text}`);
  const [port, protocol] = splitProtocol(text);
  try {
    const { first, last } = parseRange(port);
    return Array.from({ length: last - first + 1 }, (_, at) => `${first + at}/${protocol}`);
  } catch (error) {
    throw refuse(`invalid range format for --expose: ${text}, error: ${messageOf(error)}`);
  }
}

export interface Ports {
  readonly exposed: Record<string, Record<string, never>>;
  readonly bindings: Record<string, PortBinding[]>;
}

/** Turns `-p` and `--expose` values into the API's two maps, keyed `80/tcp`. */
export function collectPorts(publish: readonly string[], expose: readonly string[]): Ports {
  const exposed: Record<string, Record<string, never>> = {};
  const bindings: Record<string, PortBinding[]> = {};
  for (const { port, binding } of publish.flatMap(parsePublish)) {
    exposed[port] = {};
    (bindings[port] ??= []).push(binding);
  }
  for (const port of expose.flatMap(parseExpose)) exposed[port] ??= {};
  return { exposed, bindings };
}
