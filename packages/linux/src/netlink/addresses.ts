import { fail } from '../errors.ts';

/** An IPv4 or IPv6 address in network order. Throws INVALID_ADDRESS. */
export function ipBytes(address: string): Buffer {
  const bytes = address.includes(':') ? ipv6(address) : ipv4(address);
  if (bytes === undefined) throw fail('INVALID_ADDRESS', `invalid IP address ${JSON.stringify(address)}`);
  return bytes;
}

/** The text of an address of 4 or 16 bytes; IPv6 without the abbreviation `::`, in lower case. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const buffer = Buffer.from(bytes);
  return Array.from({ length: buffer.length / 2 }, (_, at) => buffer.readUInt16BE(at * 2).toString(16)).join(':');
}

/** A link-layer address ("02:42:ac:11:00:02"). Throws INVALID_ADDRESS. */
export function macBytes(address: string): Buffer {
  if (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(address)) return Buffer.from(address.replaceAll(':', ''), 'hex');
  throw fail('INVALID_ADDRESS', `invalid MAC address ${JSON.stringify(address)}`);
}

export function macText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** AF_INET or AF_INET6 for an address of 4 or 16 bytes. */
export function familyOf(bytes: Uint8Array): number {
  return bytes.length === 4 ? 2 : 10;
}

function ipv4(address: string): Buffer | undefined {
  const parts = address.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return valid ? Buffer.from(parts.map(Number)) : undefined;
}

function ipv6(address: string): Buffer | undefined {
  const halves = address.split('::');
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const groups =
    halves.length === 2
      ? [...head, ...Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0'), ...tail]
      : head;
  if (halves.length > 2 || groups.length !== 8 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)))
    return undefined;
  const bytes = Buffer.alloc(16);
  groups.forEach((group, at) => bytes.writeUInt16BE(Number.parseInt(group, 16), at * 2));
  return bytes;
}
