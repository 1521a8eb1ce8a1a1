import { ipBytes } from '../netlink/addresses.ts';
import { attribute, nested, text, u32be } from '../netlink/attributes.ts';

/** One expression of a rule, as the kernel's virtual machine has it: a name and its attributes. */
interface Single {
  readonly name: string;
  readonly data: readonly Uint8Array[];
}

/** A readable piece of a rule: a match or an action, made of one or more expressions. */
export type Expression = readonly Single[];

/** Values travel between expressions in registers; every piece uses the first ones and leaves nothing behind. */
const REGISTER = { verdict: 0, first: 1, second: 2, firstWord: 8 } as const;
const COMPARE = { equal: 0, notEqual: 1 } as const;
const META = { iifname: 6, oifname: 7, nfproto: 15, l4proto: 16 } as const;
const CT_STATE = 0;
const STATES = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const;
const HEADER = { link: 0, network: 1, transport: 2 } as const;
const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17, sctp: 132, icmpv6: 58 } as const;
const VERDICT = { drop: 0, accept: 1, jump: -3, goto: -4, return: -5 } as const;

export type Protocol = keyof typeof PROTOCOLS;

function meta(key: number): Single {
  return { name: 'meta', data: [u32be(2, key), u32be(1, REGISTER.first)] };
}

function compare(value: Uint8Array, operation: number = COMPARE.equal): Single {
  return { name: 'cmp', data: [u32be(1, REGISTER.first), u32be(2, operation), nested(3, attribute(1, value))] };
}

function mask(value: Uint8Array): Single {
  const zero = Buffer.alloc(value.length);
  const data = [
    u32be(1, REGISTER.first),
    u32be(2, REGISTER.first),
    u32be(3, value.length),
    nested(4, attribute(1, value)),
    nested(5, attribute(1, zero)),
  ];
  return { name: 'bitwise', data };
}

function payload(base: number, offset: number, length: number, register: number = REGISTER.first): Single {
  return { name: 'payload', data: [u32be(1, register), u32be(2, base), u32be(3, offset), u32be(4, length)] };
}

function immediate(register: number, ...data: readonly Uint8Array[]): Single {
  return { name: 'immediate', data: [u32be(1, register), nested(2, ...data)] };
}

/** An interface name as it is in a register: 16 bytes, filled with NULs. */
export function interfaceKey(name: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.write(name);
  return bytes;
}

/** `iifname "x"` (or `!= "x"`). */
export function inputInterface(name: string, options: { readonly not?: boolean } = {}): Expression {
  return [meta(META.iifname), compare(interfaceKey(name), options.not ? COMPARE.notEqual : COMPARE.equal)];
}

/** `oifname "x"` (or `!= "x"`). */
export function outputInterface(name: string, options: { readonly not?: boolean } = {}): Expression {
  return [meta(META.oifname), compare(interfaceKey(name), options.not ? COMPARE.notEqual : COMPARE.equal)];
}

/** `ip saddr 172.17.0.0/16`, or `ip6 saddr …`; usable in tables of any family. */
export function source(address: string, prefix: number, options: { readonly not?: boolean } = {}): Expression {
  return addressMatch(address, prefix, { 4: 12, 16: 8 }, options.not);
}

/** `ip daddr …`. */
export function destination(address: string, prefix: number, options: { readonly not?: boolean } = {}): Expression {
  return addressMatch(address, prefix, { 4: 16, 16: 24 }, options.not);
}

function addressMatch(address: string, prefix: number, offsets: { 4: number; 16: number }, not = false): Expression {
  const bytes = ipBytes(address);
  const width = bytes.length === 4 ? 4 : 16;
  const bits = Buffer.from(bytes.map((_, at) => (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * at))) & 0xff));
  const network = Buffer.from(bytes.map((byte, at) => byte & (bits[at] ?? 0)));
  const version = [meta(META.nfproto), compare(Uint8Array.of(width === 4 ? 2 : 10))];
  const masked = prefix === width * 8 ? [] : [mask(bits)];
  const test = compare(network, not ? COMPARE.notEqual : COMPARE.equal);
  return [...version, payload(HEADER.network, offsets[width], width), ...masked, test];
}

/** `meta l4proto tcp`. */
export function protocol(name: Protocol): Expression {
  return [meta(META.l4proto), compare(Uint8Array.of(PROTOCOLS[name]))];
}

/** `th dport 80` or `th sport 80`; to be used behind `protocol`. */
export function port(side: 'source' | 'destination', number: number): Expression {
  return [payload(HEADER.transport, side === 'source' ? 0 : 2, 2), compare(portKey(number))];
}

/** A port as it is in a register. */
export function portKey(number: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(number);
  return bytes;
}

/** `ct state established,related`. */
export function connectionState(...states: readonly (keyof typeof STATES)[]): Expression {
  const bits = Buffer.alloc(4);
  bits.writeUInt32LE(states.reduce((sum, state) => sum | STATES[state], 0));
  const load = { name: 'ct', data: [u32be(2, CT_STATE), u32be(1, REGISTER.first)] };
  return [load, mask(bits), compare(Buffer.alloc(4), COMPARE.notEqual)];
}

/** `fib daddr type local`: the packet is for an address of this machine. */
export function toThisMachine(): Expression {
  const ADDRESS_TYPE = 3;
  const BY_DESTINATION = 2;
  const local = Buffer.alloc(4);
  local.writeUInt32LE(2);
  return [
    { name: 'fib', data: [u32be(1, REGISTER.first), u32be(2, ADDRESS_TYPE), u32be(3, BY_DESTINATION)] },
    compare(local),
  ];
}

/** `ip saddr @set`, `th dport @set`, `iifname @set` and the like. `not`: not in the set. */
export function inSet(
  what: 'source' | 'destination' | 'destinationPort' | 'inputInterface' | 'outputInterface',
  set: string,
  options: { readonly not?: boolean } = {},
): Expression {
  const ipv4 = [meta(META.nfproto), compare(Uint8Array.of(2))];
  const loads = {
    source: [...ipv4, payload(HEADER.network, 12, 4)],
    destination: [...ipv4, payload(HEADER.network, 16, 4)],
    destinationPort: [payload(HEADER.transport, 2, 2)],
    inputInterface: [meta(META.iifname)],
    outputInterface: [meta(META.oifname)],
  };
  return [
    ...loads[what],
    { name: 'lookup', data: [text(1, set), u32be(2, REGISTER.first), u32be(5, options.not ? 1 : 0)] },
  ];
}

/**
 * `dnat ip to meta l4proto . th dport map @map`: one map element per published port. Keys of the map are protocol and
 * port, values address and port, each part padded to four bytes.
 */
export function destinationNatByMap(map: string): Expression {
  const [protocolWord, portWord] = [REGISTER.firstWord, REGISTER.firstWord + 1];
  return [
    { name: 'meta', data: [u32be(2, META.l4proto), u32be(1, protocolWord)] },
    payload(HEADER.transport, 2, 2, portWord),
    { name: 'lookup', data: [text(1, map), u32be(2, protocolWord), u32be(3, protocolWord), u32be(5, 0)] },
    { name: 'nat', data: [u32be(1, 1), u32be(2, 2), u32be(3, protocolWord), u32be(5, portWord)] },
  ];
}

/** Key of such a map. */
export function publishedKey(name: Protocol, number: number): Buffer {
  return Buffer.concat([Uint8Array.of(PROTOCOLS[name], 0, 0, 0), portKey(number), Buffer.alloc(2)]);
}

/** Value of such a map. */
export function publishedTarget(address: string, number: number): Buffer {
  return Buffer.concat([ipBytes(address), portKey(number), Buffer.alloc(2)]);
}

/** `dnat to 172.17.0.2:80`. */
export function destinationNat(address: string, number?: number): Expression {
  return natTo(1, address, number);
}

/** `snat to 192.0.2.1`. */
export function sourceNat(address: string): Expression {
  return natTo(0, address);
}

function natTo(type: 0 | 1, address: string, number?: number): Expression {
  const bytes = ipBytes(address);
  const ported = number === undefined ? [] : [immediate(REGISTER.second, attribute(1, portKey(number)))];
  const register = number === undefined ? [] : [u32be(5, REGISTER.second)];
  const family = bytes.length === 4 ? 2 : 10;
  return [
    immediate(REGISTER.first, attribute(1, bytes)),
    ...ported,
    { name: 'nat', data: [u32be(1, type), u32be(2, family), u32be(3, REGISTER.first), ...register] },
  ];
}

export function masquerade(): Expression {
  return [{ name: 'masq', data: [] }];
}

/** Counts packets and bytes; for people who look with nft. */
export function counter(): Expression {
  return [{ name: 'counter', data: [] }];
}

export function accept(): Expression {
  return verdict(VERDICT.accept);
}

export function drop(): Expression {
  return verdict(VERDICT.drop);
}

export function jump(chain: string): Expression {
  return verdict(VERDICT.jump, chain);
}

/** Codes for verdict maps. */
export { VERDICT };

function verdict(code: number, chain?: string): Expression {
  const target = chain === undefined ? [] : [text(2, chain)];
  return [immediate(REGISTER.verdict, nested(2, u32be(1, code), ...target))];
}
