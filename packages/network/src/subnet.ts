import { ipBytes, ipText } from '@wharf/linux';
import { fail } from './errors.ts';

/** An IPv4 subnet: its first address as a number, and its prefix length. */
export interface Subnet {
  readonly base: number;
  readonly prefix: number;
}

/** Docker's pools, in its order, for subnets that nobody has chosen. */
const POOLS: readonly { readonly first: string; readonly prefix: number; readonly count: number }[] = [
  { first: '172.17.0.0', prefix: 16, count: 15 },
  { first: '192.168.0.0', prefix: 20, count: 16 },
];

/** Parses "172.17.0.0/16"; host bits are cut off. Throws INVALID_NETWORK_SETTING. */
export function parseSubnet(text: string): Subnet {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text);
  const prefix = Number(match?.[2]);
  if (!match?.[1] || prefix < 8 || prefix > 30) {
    throw fail('INVALID_NETWORK_SETTING', `invalid subnet ${JSON.stringify(text)}: want IPv4/prefix, 8 to 30 bits`);
  }
  return { base: maskTo(toNumber(match[1]), prefix), prefix };
}

/** The address of "192.168.5.9/24", if it names one in the subnet and not the subnet alone. */
export function hostPart(text: string): string | undefined {
  const subnet = parseSubnet(text);
  const address = toNumber(text.slice(0, text.indexOf('/')));
  const usable = address !== subnet.base && address !== subnet.base + subnetSize(subnet) - 1;
  return usable ? toAddress(address) : undefined;
}

export function subnetText({ base, prefix }: Subnet): string {
  return `${toAddress(base)}/${prefix}`;
}

/** Number of addresses. */
export function subnetSize({ prefix }: Subnet): number {
  return 2 ** (32 - prefix);
}

export function contains(subnet: Subnet, address: number): boolean {
  return maskTo(address, subnet.prefix) === subnet.base;
}

export function overlap(a: Subnet, b: Subnet): boolean {
  const prefix = Math.min(a.prefix, b.prefix);
  return maskTo(a.base, prefix) === maskTo(b.base, prefix);
}

/** The first of Docker's pools that overlaps none of these. Throws ADDRESSES_EXHAUSTED. */
export function freeSubnet(taken: readonly Subnet[]): Subnet {
  for (const { first, prefix, count } of POOLS) {
    for (let at = 0; at < count; at += 1) {
      const subnet = { base: toNumber(first) + at * 2 ** (32 - prefix), prefix };
      if (!taken.some((other) => overlap(subnet, other))) return subnet;
    }
  }
  throw fail('ADDRESSES_EXHAUSTED', 'all predefined address pools have been fully subnetted');
}

export function toNumber(address: string): number {
  return ipBytes(address).readUInt32BE();
}

export function toAddress(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number >>> 0);
  return ipText(bytes);
}

function maskTo(address: number, prefix: number): number {
  return prefix === 0 ? 0 : (address & (0xffffffff << (32 - prefix))) >>> 0;
}
