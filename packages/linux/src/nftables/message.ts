import { attribute, nested, text, u32be } from '../netlink/attributes.ts';
import { FLAG, NETLINK, type NetlinkMessage, netlinkStep } from '../netlink/message.ts';
import type { Step } from '../program/step.ts';
import type { Expression } from './expressions.ts';

const SUBSYSTEM = 10;
const BATCH = { begin: 16, end: 17 } as const;
const MESSAGE = {
  newTable: 0,
  deleteTable: 2,
  newChain: 3,
  deleteChain: 5,
  newRule: 6,
  deleteRule: 8,
  newSet: 9,
  deleteSet: 11,
  newElements: 12,
  deleteElements: 14,
} as const;

/** Address families of tables (linux/netfilter.h). */
export const FAMILY = { inet: 1, ip: 2, bridge: 7, ip6: 10 } as const;

/** Where base chains hook in, and the priorities that have names in nft(8). */
export const HOOK = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;
export const PRIORITY = { raw: -300, mangle: -150, destinationNat: -100, filter: 0, sourceNat: 100 } as const;

/** A table: all other things are in one. */
export interface Table {
  readonly family: keyof typeof FAMILY;
  readonly name: string;
}

/** A base chain has a type and a hook; others are only jumped to. */
export interface Chain {
  readonly name: string;
  readonly base?: {
    readonly type: 'filter' | 'nat' | 'route';
    readonly hook: keyof typeof HOOK;
    readonly priority: number;
    readonly policy?: 'accept' | 'drop';
  };
}

/** A message about something in a table. */
export function message(
  table: Table,
  type: number,
  flags: number,
  ...attributes: readonly Uint8Array[]
): NetlinkMessage {
  const header = Uint8Array.of(FAMILY[table.family], 0, 0, 0);
  return { type: (SUBSYSTEM << 8) | type, flags: flags | FLAG.ack, body: Buffer.concat([header, ...attributes]) };
}

/** Makes the table unless it is there. */
export function addTable(table: Table): NetlinkMessage {
  return message(table, MESSAGE.newTable, FLAG.create, text(1, table.name), u32be(2, 0));
}

/** Deletes the table with everything in it. ENOENT if there is none. */
export function deleteTable(table: Table): NetlinkMessage {
  return message(table, MESSAGE.deleteTable, 0, text(1, table.name));
}

export function addChain(table: Table, { name, base }: Chain): NetlinkMessage {
  const common = [text(1, table.name), text(3, name)];
  if (base === undefined) return message(table, MESSAGE.newChain, FLAG.create, ...common);
  const hook = nested(4, u32be(1, HOOK[base.hook]), u32be(2, base.priority));
  const policy = u32be(5, base.policy === 'drop' ? 0 : 1);
  return message(table, MESSAGE.newChain, FLAG.create, ...common, hook, policy, text(7, base.type));
}

export function deleteChain(table: Table, name: string): NetlinkMessage {
  return message(table, MESSAGE.deleteChain, 0, text(1, table.name), text(3, name));
}

/** Puts a rule at the end of the chain, or at its beginning. The comment (at most 127 bytes) is shown by nft. */
export function addRule(
  table: Table,
  chain: string,
  expressions: readonly Expression[],
  options: { readonly first?: boolean; readonly comment?: string } = {},
): NetlinkMessage {
  const list = nested(4, ...expressions.flat().map(({ name, data }) => nested(1, text(1, name), nested(2, ...data))));
  const flags = FLAG.create | (options.first ? 0 : FLAG.append);
  const comment = Buffer.from(`${options.comment ?? ''}\0`);
  const userData =
    options.comment === undefined ? [] : [attribute(7, Buffer.concat([Uint8Array.of(0, comment.length), comment]))];
  return message(table, MESSAGE.newRule, flags, text(1, table.name), text(2, chain), list, ...userData);
}

/** Removes all rules of a chain. */
export function flushChain(table: Table, chain: string): NetlinkMessage {
  return message(table, MESSAGE.deleteRule, 0, text(1, table.name), text(2, chain));
}

/** What keys and values of sets and maps are: number of nft's type (for people who look with nft) and bytes. */
export const DATA_TYPE = {
  ipv4: { id: 7, length: 4 },
  ipv6: { id: 8, length: 16 },
  protocol: { id: 12, length: 1 },
  port: { id: 13, length: 2 },
  interfaceName: { id: 41, length: 16 },
  verdict: { id: 0xffffff00, length: 4 },
} as const;
export type DataType = keyof typeof DATA_TYPE;

/** A named set, or a map if it has `data`. Several key types are a concatenation, each padded to four bytes. */
export interface NamedSet {
  readonly name: string;
  readonly key: readonly DataType[];
  readonly data?: readonly DataType[];
  readonly interval?: boolean;
  /** Any number; it has to be unique in the batch. */
  readonly id?: number;
}

const SET_FLAG = { interval: 4, map: 8, concat: 0x80 } as const;

export function addSet(table: Table, set: NamedSet): NetlinkMessage {
  // The kernel wants the parts of a key described exactly when they are intervals.
  const fields =
    set.interval && set.key.length > 1 ? set.key.map((type) => nested(1, u32be(1, DATA_TYPE[type].length))) : [];
  const flags =
    (set.interval ? SET_FLAG.interval : 0) | (set.data ? SET_FLAG.map : 0) | (fields.length > 0 ? SET_FLAG.concat : 0);
  const data = set.data === undefined ? [] : [u32be(6, typeId(set.data)), u32be(7, typeLength(set.data))];
  return message(
    table,
    MESSAGE.newSet,
    FLAG.create,
    text(1, table.name),
    text(2, set.name),
    u32be(3, flags),
    u32be(4, typeId(set.key)),
    u32be(5, typeLength(set.key)),
    ...data,
    ...(fields.length > 0 ? [nested(9, nested(2, ...fields))] : []),
    u32be(10, set.id ?? 1),
    ...(set.key[0] === 'interfaceName' ? [attribute(13, HOST_ORDER)] : []),
  );
}

/** Tells nft that the key is in host order, or it prints names backwards: type 0, length 4, the value 1. */
const HOST_ORDER = Uint8Array.of(0, 4, 1, 0, 0, 0);

/** nft counts concatenated types in six bits each. */
function typeId(types: readonly DataType[]): number {
  return types.reduce((id, type) => (types.length === 1 ? DATA_TYPE[type].id : (id << 6) | DATA_TYPE[type].id), 0);
}

function typeLength(types: readonly DataType[]): number {
  if (types.length === 1 && types[0] !== undefined) return DATA_TYPE[types[0]].length;
  return types.reduce((length, type) => length + Math.ceil(DATA_TYPE[type].length / 4) * 4, 0);
}

export function deleteSet(table: Table, name: string): NetlinkMessage {
  return message(table, MESSAGE.deleteSet, 0, text(1, table.name), text(2, name));
}

/** An element. `data` is the value in a map; `verdict` in a verdict map. `end`: the first key behind an interval. */
export interface SetElement {
  readonly key: Uint8Array;
  readonly end?: boolean;
  readonly data?: Uint8Array;
  readonly verdict?: { readonly code: number; readonly chain?: string };
}

export function addElements(table: Table, set: string, elements: readonly SetElement[]): NetlinkMessage {
  return message(table, MESSAGE.newElements, FLAG.create, ...elementList(table, set, elements));
}

/** ENOENT if one of them is not there. */
export function deleteElements(table: Table, set: string, elements: readonly SetElement[]): NetlinkMessage {
  return message(table, MESSAGE.deleteElements, 0, ...elementList(table, set, elements));
}

function elementList(table: Table, set: string, elements: readonly SetElement[]): Buffer[] {
  const list = elements.map(({ key, end, data, verdict }) => {
    const value = data === undefined ? [] : [nested(2, attribute(1, data))];
    const decided =
      verdict === undefined
        ? []
        : [
            nested(
              2,
              nested(2, u32be(1, verdict.code), ...(verdict.chain === undefined ? [] : [text(2, verdict.chain)])),
            ),
          ];
    return nested(1, nested(1, attribute(1, key)), ...value, ...decided, ...(end ? [u32be(3, 1)] : []));
  });
  return [text(1, table.name), text(2, set), nested(3, ...list)];
}

/** All messages as one transaction: the kernel does all of them or, with an error, none. */
export function nftablesStep(
  messages: readonly NetlinkMessage[],
  options: { readonly note: string; readonly tolerate?: number },
): Step {
  const edge = (type: number): NetlinkMessage => ({ type, flags: 0, body: Uint8Array.of(0, 0, 0, SUBSYSTEM) });
  return netlinkStep([edge(BATCH.begin), ...messages, edge(BATCH.end)], {
    ...options,
    side: 'host',
    protocol: NETLINK.netfilter,
  });
}
