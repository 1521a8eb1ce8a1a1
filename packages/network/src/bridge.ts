import {
  addAddress,
  addBridge,
  deleteAddress,
  deleteLink,
  type NetlinkMessage,
  netlinkStep,
  type OpRunner,
  onHost,
  type Step,
  setLink,
} from '@wharf/linux';
import { HOST_PREFIX, macOf } from './endpoint.ts';
import { fail } from './errors.ts';
import { type MachineNetwork, readMachineNetwork } from './machine-network.ts';
import { freeSubnet, overlap, parseSubnet, type Subnet, toNumber } from './subnet.ts';

const O_WRONLY = 1;

/** The bridge on the host. */
export interface Bridge {
  readonly name: string;
  readonly index: number;
  readonly mtu: number;
  readonly subnet: Subnet;
}

/** What the bridge is to be like. */
export interface BridgeWish {
  readonly name: string;
  readonly mtu: number;
  /** Asked for by the configuration: has to be free. */
  readonly subnet: Subnet | undefined;
  /** Had it last time: kept if nobody else has it now. */
  readonly before: Subnet | undefined;
}

/**
 * Which subnet the bridge gets: the configured one, else the one it has or had, else the first free of Docker's pools.
 * Throws NETWORK_CONFLICT, ADDRESSES_EXHAUSTED.
 */
export function chooseSubnet(machine: MachineNetwork, wish: BridgeWish): Subnet {
  const own = machine.links.find(({ name }) => name === wish.name)?.index;
  const taken = [
    ...machine.addresses.filter(({ index, address }) => index !== own && !address.includes(':')),
    ...machine.routes
      .filter(({ out, prefix, destination }) => out !== own && prefix > 0 && !destination.includes(':'))
      .map(({ destination, prefix }) => ({ address: destination, prefix })),
  ]
    .filter(({ address }) => !address.startsWith('127.'))
    .map(({ address, prefix }) => ({ base: toNumber(address), prefix }));
  const free = (subnet: Subnet) => !taken.some((other) => overlap(subnet, other));
  if (wish.subnet !== undefined) {
    if (free(wish.subnet)) return wish.subnet;
    throw fail('NETWORK_CONFLICT', `the subnet of bridge ${wish.name} overlaps with another one on this machine`);
  }
  const present = machine.addresses.find(
    ({ index, address, prefix }) => index === own && !address.includes(':') && prefix >= 8 && prefix <= 30,
  );
  const candidates = [wish.before, present && parseSubnet(`${present.address}/${present.prefix}`)];
  return candidates.find((subnet) => subnet !== undefined && free(subnet)) ?? freeSubnet(taken);
}

/**
 * Makes the bridge, or takes over the one that is there: right address, up, without our interfaces that nobody owns.
 * Throws NETWORK_CONFLICT if the name belongs to something else.
 */
export async function ensureBridge(
  runner: OpRunner,
  wish: BridgeWish,
  gatewayOf: (subnet: Subnet) => string,
  owned: ReadonlySet<string>,
): Promise<Bridge> {
  const before = await readMachineNetwork(runner);
  const subnet = chooseSubnet(before, wish);
  const gateway = gatewayOf(subnet);
  const there = before.links.find(({ name }) => name === wish.name);
  if (there !== undefined && there.kind !== 'bridge') {
    throw fail(
      'NETWORK_CONFLICT',
      `cannot make bridge ${wish.name}: an interface of that name exists and is no bridge`,
    );
  }
  if (there === undefined) {
    await runner.run([host('bridge', addBridge({ name: wish.name, mac: macOf(gateway), mtu: wish.mtu, up: true }))]);
  }
  const machine = there === undefined ? await readMachineNetwork(runner) : before;
  const link = machine.links.find(({ name }) => name === wish.name);
  if (link === undefined) throw fail('NETWORK_CONFLICT', `bridge ${wish.name} was removed while it was set up`);
  const wrong = machine.addresses.filter(
    ({ index, address }) => index === link.index && !address.includes(':') && address !== gateway,
  );
  const right = machine.addresses.some(
    ({ index, address, prefix }) => index === link.index && address === gateway && prefix === subnet.prefix,
  );
  const orphans = machine.links.filter(
    ({ name, kind, master }) =>
      kind === 'veth' && master === link.index && name.startsWith(HOST_PREFIX) && !owned.has(name),
  );
  await runner.run([
    ...orphans.map(({ index, name }) => host(`leftover ${name}`, deleteLink({ index }))),
    ...wrong.map((address) => host(`old address ${address.address}`, deleteAddress(address))),
    ...(right
      ? []
      : [host(`gateway ${gateway}`, addAddress({ index: link.index, address: gateway, prefix: subnet.prefix }))]),
    ...(link.up ? [] : [host('up', setLink({ index: link.index, up: true }))]),
    // Machines whose /proc/sys is read-only have it switched on by whoever made it so.
    onHost(
      { op: 'WRITE_FILE', path: '/proc/sys/net/ipv4/ip_forward', flags: O_WRONLY, mode: 0, data: Buffer.from('1') },
      { optional: true },
    ),
  ]);
  return { name: wish.name, index: link.index, mtu: wish.mtu, subnet };
}

/** Deletes the bridge; fine if it is gone. */
export function planBridgeRemoval(name: string): Step {
  const ENODEV = 19;
  return netlinkStep([deleteLink({ name })], { side: 'host', note: `bridge ${name}`, tolerate: ENODEV });
}

function host(note: string, message: NetlinkMessage): Step {
  return netlinkStep([message], { side: 'host', note });
}
