import { familyOf, ipBytes, ipText, macBytes } from './addresses.ts';
import { attribute, parseAttributes, u32 } from './attributes.ts';
import { FLAG, type NetlinkMessage, type NetlinkReply } from './message.ts';

const TYPE = {
  newAddress: 20,
  deleteAddress: 21,
  getAddress: 22,
  newRoute: 24,
  deleteRoute: 25,
  getRoute: 26,
  newNeighbour: 28,
  deleteNeighbour: 29,
} as const;
const ADDRESS = { address: 1, local: 2, broadcast: 4 } as const;
const ROUTE = { destination: 1, out: 4, gateway: 5, priority: 6, source: 7, table: 15 } as const;
const NEIGHBOUR = { destination: 1, linkLayer: 2 } as const;
const NO_DAD = 0x02;
const TABLE_MAIN = 254;
const PROTOCOL_BOOT = 3;
const SCOPE = { universe: 0, link: 253 } as const;
const UNICAST = 1;
const PERMANENT = 0x80;

/** An address on an interface. */
export interface InterfaceAddress {
  readonly index: number;
  readonly address: string;
  readonly prefix: number;
}

/** A unicast route of the main table. A destination of prefix 0 is the default route. */
export interface Route {
  readonly destination: string;
  readonly prefix: number;
  readonly gateway?: string;
  /** Index of the interface. */
  readonly out?: number;
  readonly source?: string;
  readonly metric?: number;
}

/** Gives an interface an address; the kernel makes the route to its subnet. EEXIST if it has it. */
export function addAddress(address: InterfaceAddress): NetlinkMessage {
  return { type: TYPE.newAddress, flags: FLAG.create | FLAG.exclusive | FLAG.ack, body: addressBody(address) };
}

export function deleteAddress(address: InterfaceAddress): NetlinkMessage {
  return { type: TYPE.deleteAddress, flags: FLAG.ack, body: addressBody(address) };
}

/** struct ifaddrmsg: family, prefix, flags, scope, index. */
function addressBody({ index, address, prefix }: InterfaceAddress): Buffer {
  const bytes = ipBytes(address);
  const family = familyOf(bytes);
  const header = Buffer.from([family, prefix, family === 10 ? NO_DAD : 0, SCOPE.universe, 0, 0, 0, 0]);
  header.writeUInt32LE(index, 4);
  const broadcast = family === 2 && prefix < 31 ? [attribute(ADDRESS.broadcast, broadcastOf(bytes, prefix))] : [];
  return Buffer.concat([header, attribute(ADDRESS.local, bytes), attribute(ADDRESS.address, bytes), ...broadcast]);
}

function broadcastOf(address: Buffer, prefix: number): Buffer {
  const broadcast = Buffer.alloc(4);
  broadcast.writeUInt32BE((address.readUInt32BE() | (0xffffffff >>> prefix)) >>> 0);
  return broadcast;
}

/** Asks for all addresses. */
export function dumpAddresses(): NetlinkMessage {
  return { type: TYPE.getAddress, flags: FLAG.dump, body: Buffer.alloc(8) };
}

/** The addresses in the answers to `dumpAddresses`. */
export function parseAddresses(replies: readonly NetlinkReply[]): InterfaceAddress[] {
  return replies.flatMap(({ type, body }) => {
    if (type !== TYPE.newAddress || body.length < 8) return [];
    const attributes = parseAttributes(body.subarray(8));
    const bytes = attributes.get(ADDRESS.local) ?? attributes.get(ADDRESS.address);
    if (bytes === undefined) return [];
    return [{ index: body.readUInt32LE(4), address: ipText(bytes), prefix: body.readUInt8(1) }];
  });
}

/** Adds a route. EEXIST if there is the same; ENETUNREACH if the gateway cannot be reached. */
export function addRoute(route: Route): NetlinkMessage {
  return { type: TYPE.newRoute, flags: FLAG.create | FLAG.exclusive | FLAG.ack, body: routeBody(route) };
}

export function deleteRoute(route: Route): NetlinkMessage {
  return { type: TYPE.deleteRoute, flags: FLAG.ack, body: routeBody(route) };
}

/** struct rtmsg: family, prefix lengths, tos, table, protocol, scope, type, flags. */
function routeBody(route: Route): Buffer {
  const destination = ipBytes(route.destination);
  const scope = route.gateway === undefined && destination.length === 4 ? SCOPE.link : SCOPE.universe;
  const header = Buffer.from([
    familyOf(destination),
    route.prefix,
    0,
    0,
    TABLE_MAIN,
    PROTOCOL_BOOT,
    scope,
    UNICAST,
    0,
    0,
    0,
    0,
  ]);
  return Buffer.concat([
    header,
    ...(route.prefix === 0 ? [] : [attribute(ROUTE.destination, destination)]),
    ...(route.gateway === undefined ? [] : [attribute(ROUTE.gateway, ipBytes(route.gateway))]),
    ...(route.out === undefined ? [] : [u32(ROUTE.out, route.out)]),
    ...(route.source === undefined ? [] : [attribute(ROUTE.source, ipBytes(route.source))]),
    ...(route.metric === undefined ? [] : [u32(ROUTE.priority, route.metric)]),
  ]);
}

/** Asks for all routes of a family (4 or 6). */
export function dumpRoutes(version: 4 | 6 = 4): NetlinkMessage {
  const body = Buffer.alloc(12);
  body.writeUInt8(version === 4 ? 2 : 10, 0);
  return { type: TYPE.getRoute, flags: FLAG.dump, body };
}

/** The unicast routes of the main table in the answers to `dumpRoutes`. */
export function parseRoutes(replies: readonly NetlinkReply[]): Route[] {
  return replies.flatMap(({ type, body }) => {
    if (type !== TYPE.newRoute || body.length < 12 || body.readUInt8(7) !== UNICAST) return [];
    const attributes = parseAttributes(body.subarray(12));
    if ((attributes.get(ROUTE.table)?.readUInt32LE() ?? body.readUInt8(4)) !== TABLE_MAIN) return [];
    const width = body.readUInt8(0) === 2 ? 4 : 16;
    const address = (key: number) => attributes.get(key);
    const [gateway, source, out, metric] = [
      address(ROUTE.gateway),
      address(ROUTE.source),
      attributes.get(ROUTE.out),
      attributes.get(ROUTE.priority),
    ];
    return [
      {
        destination: ipText(address(ROUTE.destination) ?? Buffer.alloc(width)),
        prefix: body.readUInt8(1),
        ...(gateway === undefined ? {} : { gateway: ipText(gateway) }),
        ...(source === undefined ? {} : { source: ipText(source) }),
        ...(out === undefined ? {} : { out: out.readUInt32LE() }),
        ...(metric === undefined ? {} : { metric: metric.readUInt32LE() }),
      },
    ];
  });
}

/** A fixed entry of the neighbour table, so that nobody has to be asked who has the address. */
export interface Neighbour {
  readonly index: number;
  readonly address: string;
  readonly mac: string;
}

export function addNeighbour(neighbour: Neighbour): NetlinkMessage {
  const body = neighbourBody(neighbour, attribute(NEIGHBOUR.linkLayer, macBytes(neighbour.mac)));
  return { type: TYPE.newNeighbour, flags: FLAG.create | FLAG.replace | FLAG.ack, body };
}

export function deleteNeighbour(neighbour: Pick<Neighbour, 'index' | 'address'>): NetlinkMessage {
  return { type: TYPE.deleteNeighbour, flags: FLAG.ack, body: neighbourBody(neighbour) };
}

/** struct ndmsg: family, padding, index, state, flags, type. */
function neighbourBody({ index, address }: Pick<Neighbour, 'index' | 'address'>, ...more: Buffer[]): Buffer {
  const bytes = ipBytes(address);
  const header = Buffer.alloc(12);
  header.writeUInt8(familyOf(bytes), 0);
  header.writeUInt32LE(index, 4);
  header.writeUInt16LE(PERMANENT, 8);
  return Buffer.concat([header, attribute(NEIGHBOUR.destination, bytes), ...more]);
}
