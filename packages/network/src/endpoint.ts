import { createHash } from 'node:crypto';
import {
  addAddress,
  addRoute,
  addVeth,
  inChild,
  macText,
  netlinkStep,
  type Program,
  type Step,
  setLink,
} from '@wharf/linux';
import { toNumber } from './subnet.ts';

/** One sandbox's end on a network. */
export interface Endpoint {
  readonly sandboxId: string;
  readonly networkId: string;
  readonly endpointId: string;
  readonly ip: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly mac: string;
  /** Name of the interface on the host. */
  readonly hostInterface: string;
  /** Index of the interface on the host. */
  readonly hostIndex: number;
}

/** How a sandbox gets its interface: first the host's part, then the child's. */
export interface AttachPlan {
  readonly host: readonly Step[];
  readonly child: readonly Step[];
}

const O_WRONLY = 1;
const LOOPBACK_INDEX = 1;
/** Above what the kernel counts up in a fresh namespace (lo, and a device for each kind of tunnel it knows). */
const INTERFACE_INDEX = 100;
const INTERFACE = 'eth0';
/** Indices that we choose start here, far above those that the kernel gives out. */
const FIRST_HOST_INDEX = 0x10000000;

/** Names that start so are ours, on our bridge. */
export const HOST_PREFIX = 'wh';

/** "02:42" and the address: unique on the bridge without asking anybody. */
export function macOf(ip: string): string {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(0x0242);
  bytes.writeUInt32BE(toNumber(ip), 2);
  return macText(bytes);
}

/** The host interface's name and index follow from the sandbox. */
export function hostNames(sandboxId: string): Pick<Endpoint, 'hostInterface' | 'hostIndex'> {
  const digest = createHash('sha256').update(sandboxId).digest();
  const hostIndex = FIRST_HOST_INDEX + (digest.readUInt32BE(8) & 0x0fffffff);
  return { hostInterface: `${HOST_PREFIX}${digest.toString('hex', 0, 5)}`, hostIndex };
}

/**
 * Plans the interface of an endpoint: one message on the host makes the pair with the peer inside, on the bridge and up;
 * one conversation inside does the rest. Both ends get their indices from us, so nobody has to ask for them in between.
 */
export function planAttach(endpoint: Endpoint, bridge: { readonly index: number; readonly mtu: number }): AttachPlan {
  const { ip, prefix, gateway, mac, hostInterface, hostIndex } = endpoint;
  const { mtu } = bridge;
  const pair = addVeth(
    { name: hostInterface, index: hostIndex, mtu, master: bridge.index, up: true },
    { name: INTERFACE, index: INTERFACE_INDEX, mac, mtu },
    { inChild: true },
  );
  const inside = [
    setLink({ index: LOOPBACK_INDEX, up: true }),
    setLink({ index: INTERFACE_INDEX, up: true }),
    addAddress({ index: INTERFACE_INDEX, address: ip, prefix }),
    addRoute({ destination: '0.0.0.0', prefix: 0, gateway, out: INTERFACE_INDEX }),
  ];
  const noIpv6 = `/proc/sys/net/ipv6/conf/${INTERFACE}/disable_ipv6`;
  return {
    host: [netlinkStep([pair], { side: 'host', note: `veth ${hostInterface} on the bridge, ${INTERFACE} inside` })],
    child: [
      // The network has no IPv6, so no link-local address is wanted either. Kernels without IPv6 have no such file.
      inChild({ op: 'WRITE_FILE', path: noIpv6, flags: O_WRONLY, mode: 0, data: Buffer.from('1') }, { optional: true }),
      netlinkStep(inside, {
        side: 'child',
        note: `lo and ${INTERFACE} up, ${ip}/${prefix}, default route by ${gateway}`,
      }),
    ],
  };
}

/** Both parts as one program. */
export function attachProgram(plan: AttachPlan): Program {
  return [...plan.host, ...plan.child];
}
