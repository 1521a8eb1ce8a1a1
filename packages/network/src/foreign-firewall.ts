import { type NetlinkMessage, nft, type OpRunner, parseReplies } from '@wharf/linux';

/** The table that iptables keeps its filter rules in. */
const IPTABLES: nft.Table = { family: 'ip', name: 'filter' };

/**
 * A packet has to be accepted by the forward chains of all tables. Docker's engine sets the policy of iptables' chain to
 * drop when it switches forwarding on; then our own table cannot accept anything on its own. Two rules for our bridge at
 * the head of the chain that Docker leaves to others (DOCKER-USER; FORWARD itself if there is none) let it pass; what
 * may come in is still decided in our table. They are made of what iptables can read, or its program would refuse the
 * whole table.
 *
 * @returns "family table chain" of other chains that drop what nobody accepts, which are not ours to change.
 */
export async function passForeignFirewall(runner: OpRunner, bridge: string, tag: string): Promise<string[]> {
  const chains = nft.parseChains(parseReplies(await runner.run([nft.dumpChainsStep()])));
  const closed = chains.filter(({ hook, policy }) => hook === 'forward' && policy === 'drop');
  const iptables = closed.find((chain) => isIptables(chain) && chain.name === 'FORWARD');
  if (iptables !== undefined) {
    const user = chains.find((chain) => isIptables(chain) && chain.name === 'DOCKER-USER');
    const target = (user ?? iptables).name;
    const rule = (match: nft.Expression) =>
      nft.addRule(IPTABLES, target, [match, nft.accept()], { first: true, comment: tag });
    const old = await ownRules(runner, chains, tag);
    const messages = [...old, rule(nft.inputInterface(bridge)), rule(nft.outputInterface(bridge))];
    await runner.run([nft.nftablesStep(messages, { note: `${bridge} passes ${target}` })]);
  }
  return closed.filter((chain) => chain !== iptables).map(({ table, name }) => `${table.family} ${table.name} ${name}`);
}

/** Takes our rules out of iptables' chains again. */
export async function leaveForeignFirewall(runner: OpRunner, tag: string): Promise<void> {
  const chains = nft.parseChains(parseReplies(await runner.run([nft.dumpChainsStep()])));
  const rules = await ownRules(runner, chains, tag);
  if (rules.length > 0) await runner.run([nft.nftablesStep(rules, { note: 'no more rules in iptables' })]);
}

async function ownRules(runner: OpRunner, chains: readonly nft.ListedChain[], tag: string): Promise<NetlinkMessage[]> {
  const found: NetlinkMessage[] = [];
  for (const { name } of chains.filter(
    (chain) => isIptables(chain) && ['DOCKER-USER', 'FORWARD'].includes(chain.name),
  )) {
    const rules = nft.parseRules(parseReplies(await runner.run([nft.dumpRulesStep(IPTABLES, name)])));
    found.push(...rules.filter(({ comment }) => comment === tag).map(nft.deleteRule));
  }
  return found;
}

function isIptables({ table }: nft.ListedChain): boolean {
  return table.family === IPTABLES.family && table.name === IPTABLES.name;
}
