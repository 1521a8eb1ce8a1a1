import { nft, type Step } from '@wharf/linux';
import { type Subnet, toAddress } from './subnet.ts';

/**
 * The rules of one engine, in a table of its own: containers reach the outside under the host's address; answers come
 * back; nothing else from outside gets in. A rule set that is there already is replaced in the same transaction, so
 * that there is no moment without one.
 */
export function planRules(tableName: string, bridge: string, subnet: Subnet): Step {
  const table: nft.Table = { family: 'inet', name: tableName };
  const { filter, sourceNat } = nft.PRIORITY;
  const base = (type: 'filter' | 'nat', hook: 'forward' | 'postrouting', priority: number) => ({
    name: hook,
    base: { type, hook, priority },
  });
  const inside = nft.source(toAddress(subnet.base), subnet.prefix);
  return nft.nftablesStep(
    [
      nft.addTable(table),
      nft.deleteTable(table),
      nft.addTable(table),
      nft.addChain(table, base('filter', 'forward', filter)),
      nft.addRule(table, 'forward', [
        nft.outputInterface(bridge),
        nft.connectionState('established', 'related'),
        nft.accept(),
      ]),
      nft.addRule(table, 'forward', [nft.inputInterface(bridge), nft.accept()]),
      nft.addRule(table, 'forward', [nft.outputInterface(bridge), nft.counter(), nft.drop()]),
      nft.addChain(table, base('nat', 'postrouting', sourceNat)),
      nft.addRule(table, 'postrouting', [inside, nft.outputInterface(bridge, { not: true }), nft.masquerade()]),
    ],
    { note: `rules of table inet ${tableName}` },
  );
}

/** Takes all rules away; fine if there are none. */
export function planRulesRemoval(tableName: string): Step {
  const table: nft.Table = { family: 'inet', name: tableName };
  return nft.nftablesStep([nft.addTable(table), nft.deleteTable(table)], { note: `no more table inet ${tableName}` });
}
