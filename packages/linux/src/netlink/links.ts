import { fail } from '../errors.ts';
import { macBytes, macText } from './addresses.ts';
import { attribute, nested, parseAttributes, readText, text, u8, u32 } from './attributes.ts';
import { FLAG, type NetlinkMessage, type NetlinkReply } from './message.ts';

/** rtnetlink message types (linux/rtnetlink.h). */
const TYPE = { newLink: 16, deleteLink: 17, getLink: 18 } as const;
const ATTRIBUTE = {
  address: 1,
  name: 3,
  mtu: 4,
  master: 10,
  info: 18,
  netnsPid: 19,
  txQueues: 31,
  rxQueues: 32,
} as const;
const INFO = { kind: 1, data: 2 } as const;
const VETH_PEER = 1;
const BRIDGE_PORT = { hairpin: 4, isolated: 33, learning: 8 } as const;
const LINK_HEADER = 16;
const IFF_UP = 1;
const MAX_NAME = 15;

/** An interface as a dump tells it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly mac: string;
  /** "bridge", "veth", …; undefined for hardware and lo. */
  readonly kind: string | undefined;
  /** Index of the bridge that it is a port of. */
  readonly master: number | undefined;
}

/** What an interface is to be like. Absent members are left as they are. */
export interface LinkSettings {
  readonly name?: string;
  /** Index in its network namespace; chosen by the kernel if absent. */
  readonly index?: number;
  readonly mac?: string;
  readonly mtu?: number;
  /** Index of the bridge; 0 takes it off. */
  readonly master?: number;
  readonly up?: boolean;
}

/** struct ifinfomsg: family, type, index, flags, changed flags. */
function header(index: number, up?: boolean, family = 0): Buffer {
  const bytes = Buffer.alloc(LINK_HEADER);
  bytes.writeUInt8(family, 0);
  bytes.writeInt32LE(index, 4);
  if (up !== undefined) {
    bytes.writeUInt32LE(up ? IFF_UP : 0, 8);
    bytes.writeUInt32LE(IFF_UP, 12);
  }
  return bytes;
}

function settings({ name, mac, mtu, master }: LinkSettings): Buffer[] {
  return [
    ...(name === undefined ? [] : [text(ATTRIBUTE.name, linkName(name))]),
    ...(mac === undefined ? [] : [attribute(ATTRIBUTE.address, macBytes(mac))]),
    ...(mtu === undefined ? [] : [u32(ATTRIBUTE.mtu, mtu)]),
    ...(master === undefined ? [] : [u32(ATTRIBUTE.master, master)]),
  ];
}

/** Names are at most 15 bytes, without slashes and blanks. Throws INVALID_ADDRESS. */
function linkName(name: string): string {
  if (/^[^\s/:\0]{1,15}$/.test(name) && Buffer.byteLength(name) <= MAX_NAME && name !== '.' && name !== '..')
    return name;
  throw fail('INVALID_ADDRESS', `invalid interface name ${JSON.stringify(name)}`);
}

/** Makes a bridge. Refused with EEXIST if the name is taken. */
export function addBridge(link: LinkSettings & { readonly name: string }): NetlinkMessage {
  const info = nested(ATTRIBUTE.info, text(INFO.kind, 'bridge'));
  const body = Buffer.concat([header(link.index ?? 0, link.up), ...settings(link), info]);
  return { type: TYPE.newLink, flags: FLAG.create | FLAG.exclusive | FLAG.ack, body };
}

/**
 * Makes a veth pair: one end here, the peer at once in the network namespace of the child (its process id is filled in
 * when the message is sent) or, without `inChild`, here too. The kernel takes the peer's index only if this end has one
 * as well. One queue each: more do nothing for a veth without XDP and cost memory for each processor.
 */
export function addVeth(
  link: LinkSettings & { readonly name: string },
  peer: LinkSettings & { readonly name: string },
  options: { readonly inChild: boolean },
): NetlinkMessage {
  const queues = [u32(ATTRIBUTE.txQueues, 1), u32(ATTRIBUTE.rxQueues, 1)];
  const pid = u32(ATTRIBUTE.netnsPid, 0);
  const peerBody = Buffer.concat([
    header(peer.index ?? 0, peer.up),
    ...settings(peer),
    ...queues,
    ...(options.inChild ? [pid] : []),
  ]);
  const info = nested(ATTRIBUTE.info, text(INFO.kind, 'veth'), nested(INFO.data, attribute(VETH_PEER, peerBody)));
  const body = Buffer.concat([header(link.index ?? 0, link.up), ...settings(link), ...queues, info]);
  const message = { type: TYPE.newLink, flags: FLAG.create | FLAG.exclusive | FLAG.ack, body };
  // The pid is the last attribute of the last attribute of … so its value is the end of the message.
  return options.inChild ? { ...message, pidOffset: body.length - 4 } : message;
}

/** Changes an existing interface, named by index or by its present name. `rename` gives it another one. */
export function setLink(
  link: LinkSettings & ({ readonly index: number } | { readonly name: string }),
  changes: { readonly rename?: string } = {},
): NetlinkMessage {
  const { name, ...rest } = link;
  const named = link.index === undefined ? [text(ATTRIBUTE.name, linkName(name ?? ''))] : [];
  const renamed = changes.rename === undefined ? [] : [text(ATTRIBUTE.name, linkName(changes.rename))];
  const body = Buffer.concat([header(link.index ?? 0, link.up), ...named, ...settings(rest), ...renamed]);
  return { type: TYPE.newLink, flags: FLAG.ack, body };
}

/** Sets options of a bridge's port: send frames back where they came from, do not learn, no traffic between such ports. */
export function setBridgePort(
  index: number,
  port: { readonly hairpin?: boolean; readonly learning?: boolean; readonly isolated?: boolean },
): NetlinkMessage {
  const AF_BRIDGE = 7;
  const PROTINFO = 12;
  const members = (['hairpin', 'learning', 'isolated'] as const).flatMap((key) => {
    const value = port[key];
    return value === undefined ? [] : [u8(BRIDGE_PORT[key], value ? 1 : 0)];
  });
  const SET_LINK = 19;
  return {
    type: SET_LINK,
    flags: FLAG.ack,
    body: Buffer.concat([header(index, undefined, AF_BRIDGE), nested(PROTINFO, ...members)]),
  };
}

/** Deletes an interface; ENODEV if there is none. The other end of a veth goes too. */
export function deleteLink(link: { readonly index: number } | { readonly name: string }): NetlinkMessage {
  const body =
    'index' in link ? header(link.index) : Buffer.concat([header(0), text(ATTRIBUTE.name, linkName(link.name))]);
  return { type: TYPE.deleteLink, flags: FLAG.ack, body };
}

/** Asks for all interfaces. One dump per step: the kernel runs only one at a time on a socket. */
export function dumpLinks(): NetlinkMessage {
  return { type: TYPE.getLink, flags: FLAG.dump, body: header(0) };
}

/** The interfaces in the answers to `dumpLinks`. */
export function parseLinks(replies: readonly NetlinkReply[]): Link[] {
  return replies.flatMap(({ type, body }) => {
    if (type !== TYPE.newLink || body.length < LINK_HEADER) return [];
    const attributes = parseAttributes(body.subarray(LINK_HEADER));
    const info = attributes.get(ATTRIBUTE.info);
    return [
      {
        index: body.readInt32LE(4),
        name: readText(attributes.get(ATTRIBUTE.name)) ?? '',
        up: (body.readUInt32LE(8) & IFF_UP) !== 0,
        mtu: attributes.get(ATTRIBUTE.mtu)?.readUInt32LE() ?? 0,
        mac: macText(attributes.get(ATTRIBUTE.address) ?? Buffer.alloc(0)),
        kind: info === undefined ? undefined : readText(parseAttributes(info).get(INFO.kind)),
        master: attributes.get(ATTRIBUTE.master)?.readUInt32LE(),
      },
    ];
  });
}
