import {
  dumpAddresses,
  dumpLinks,
  dumpRoutes,
  type InterfaceAddress,
  type Link,
  type NetlinkMessage,
  netlinkStep,
  type OpRunner,
  parseAddresses,
  parseLinks,
  parseReplies,
  parseRoutes,
  type Route,
} from '@wharf/linux';

/** What there is on the machine. */
export interface MachineNetwork {
  readonly links: readonly Link[];
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
}

/** Asks the kernel for interfaces, addresses and IPv4 routes. */
export async function readMachineNetwork(runner: OpRunner): Promise<MachineNetwork> {
  const ask = (message: NetlinkMessage, note: string) => netlinkStep([message], { side: 'host', note, answers: true });
  const steps = [ask(dumpLinks(), 'interfaces'), ask(dumpAddresses(), 'addresses'), ask(dumpRoutes(), 'routes')];
  const replies = parseReplies(await runner.run(steps));
  return { links: parseLinks(replies), addresses: parseAddresses(replies), routes: parseRoutes(replies) };
}
