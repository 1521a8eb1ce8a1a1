import { attribute, parseAttributes, readText, text } from '../netlink/attributes.ts';
import { FLAG, NETLINK, type NetlinkMessage, type NetlinkReply, netlinkStep } from '../netlink/message.ts';
import type { Step } from '../program/step.ts';
import { FAMILY, HOOK, message, type Table } from './message.ts';

const SUBSYSTEM = 10;
const MESSAGE = { newChain: 3, getChain: 4, newRule: 6, getRule: 7, deleteRule: 8 } as const;
const HEADER = 4;

/** A chain as the kernel lists it; hook, priority and policy are those of a base chain. */
export interface ListedChain {
  readonly table: Table;
  readonly name: string;
  readonly hook: keyof typeof HOOK | undefined;
  readonly policy: 'accept' | 'drop' | undefined;
}

/** A rule as the kernel lists it: its handle in the table, and the comment that it was made with. */
export interface ListedRule {
  readonly table: Table;
  readonly chain: string;
  readonly handle: bigint;
  readonly comment: string | undefined;
}

/** Asks for all chains of all tables. */
export function dumpChainsStep(): Step {
  return dumpStep(
    { type: (SUBSYSTEM << 8) | MESSAGE.getChain, flags: FLAG.dump, body: Buffer.alloc(HEADER) },
    'all chains',
  );
}

/** Asks for the rules of a chain. */
export function dumpRulesStep(table: Table, chain: string): Step {
  const body = Buffer.concat([Uint8Array.of(FAMILY[table.family], 0, 0, 0), text(1, table.name), text(2, chain)]);
  return dumpStep(
    { type: (SUBSYSTEM << 8) | MESSAGE.getRule, flags: FLAG.dump, body },
    `rules of ${table.name} ${chain}`,
  );
}

function dumpStep(dump: NetlinkMessage, note: string): Step {
  return netlinkStep([dump], { side: 'host', note, protocol: NETLINK.netfilter, answers: true });
}

/** The chains in the answers. Those of families that we do not know are left out. */
export function parseChains(replies: readonly NetlinkReply[]): ListedChain[] {
  return replies.flatMap((reply) => {
    const parsed = parse(reply, MESSAGE.newChain);
    const name = readText(parsed?.attributes.get(3));
    if (parsed === undefined || name === undefined) return [];
    const hookNumber = parsed.attributes.get(4);
    const number = hookNumber === undefined ? undefined : parseAttributes(hookNumber).get(1)?.readUInt32BE();
    const hook = (Object.keys(HOOK) as (keyof typeof HOOK)[]).find((key) => HOOK[key] === number);
    const policy = parsed.attributes.get(5)?.readUInt32BE();
    return [
      { table: parsed.table, name, hook, policy: policy === undefined ? undefined : policy === 0 ? 'drop' : 'accept' },
    ];
  });
}

/** The rules in the answers. */
export function parseRules(replies: readonly NetlinkReply[]): ListedRule[] {
  return replies.flatMap((reply) => {
    const parsed = parse(reply, MESSAGE.newRule);
    const chain = readText(parsed?.attributes.get(2));
    const handle = parsed?.attributes.get(3);
    if (parsed === undefined || chain === undefined || handle?.length !== 8) return [];
    return [
      { table: parsed.table, chain, handle: handle.readBigUInt64BE(), comment: readComment(parsed.attributes.get(7)) },
    ];
  });
}

/** Deletes one rule. */
export function deleteRule({ table, chain, handle }: Pick<ListedRule, 'table' | 'chain' | 'handle'>): NetlinkMessage {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(handle);
  return message(table, MESSAGE.deleteRule, 0, text(1, table.name), text(2, chain), attribute(3, bytes));
}

function parse({ type, body }: NetlinkReply, wanted: number) {
  const family = (Object.keys(FAMILY) as (keyof typeof FAMILY)[]).find((key) => FAMILY[key] === body.at(0));
  if (type !== ((SUBSYSTEM << 8) | wanted) || family === undefined || body.length < HEADER) return undefined;
  const attributes = parseAttributes(body.subarray(HEADER));
  const name = readText(attributes.get(1));
  return name === undefined ? undefined : { attributes, table: { family, name } };
}

/** User data is a list of type, length, value; type 0 is the comment, with a NUL. */
function readComment(data: Buffer | undefined): string | undefined {
  if (data === undefined || data.length < 2 || data[0] !== 0) return undefined;
  return readText(data.subarray(2, 2 + (data[1] ?? 0)));
}
