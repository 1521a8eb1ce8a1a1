import { fail } from './errors.ts';
import { contains, type Subnet, subnetSize, toAddress, toNumber } from './subnet.ts';

/**
 * The free addresses of a subnet. Goes round: an address that was just given back is the last to be given out again, as
 * its old interface may still be there and neighbours still remember it.
 */
export class AddressPool {
  readonly subnet: Subnet;
  /** The bridge's own address. */
  readonly gateway: string;
  readonly #taken: Set<number>;
  #last: number;

  /** @param gateway the subnet's first address if absent. */
  constructor(subnet: Subnet, gateway: string = toAddress(subnet.base + 1)) {
    this.subnet = subnet;
    this.gateway = gateway;
    const broadcast = subnet.base + subnetSize(subnet) - 1;
    this.#last = subnet.base;
    this.#taken = new Set([subnet.base, toNumber(gateway), broadcast]);
  }

  /** Takes the next free address. Throws ADDRESSES_EXHAUSTED. */
  allocate(network: string): string {
    const size = subnetSize(this.subnet);
    for (let tries = 0; tries < size; tries += 1) {
      this.#last = this.subnet.base + ((this.#last - this.subnet.base + 1) % size);
      if (this.#taken.has(this.#last)) continue;
      this.#taken.add(this.#last);
      return toAddress(this.#last);
    }
    throw fail('ADDRESSES_EXHAUSTED', `no available IPv4 addresses on this network's address pools: ${network}`);
  }

  /** Takes a certain address; false if it is taken or not in the subnet. */
  reserve(address: string): boolean {
    const number = toNumber(address);
    if (!contains(this.subnet, number) || this.#taken.has(number)) return false;
    this.#taken.add(number);
    this.#last = number;
    return true;
  }

  release(address: string): void {
    if (address !== this.gateway) this.#taken.delete(toNumber(address));
  }
}
