import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type Clock, type Database, errnoOf, type Logger, messageOf } from '@wharf/kit';
import { deleteLink, netlinkStep, type OpRunner, type Program } from '@wharf/linux';
import { AddressPool } from './address-pool.ts';
import { type Bridge, ensureBridge, planBridgeRemoval } from './bridge.ts';
import type { NetworkConfig } from './config.ts';
import { type AttachPlan, attachProgram, type Endpoint, hostNames, macOf, planAttach } from './endpoint.ts';
import { fail } from './errors.ts';
import { leaveForeignFirewall, passForeignFirewall } from './foreign-firewall.ts';
import { hostsFile, hostsFileOfHost } from './hosts.ts';
import { onlyLoopback, parseResolvConf, type ResolvConf, resolvConfFile } from './resolv-conf.ts';
import { planRules, planRulesRemoval } from './rules.ts';
import { type EndpointRecord, type NetworkRecord, NetworkStore } from './store.ts';
import { hostPart, parseSubnet, subnetText } from './subnet.ts';
import { type NetworkView, viewNetwork } from './views.ts';

const ENODEV = 19;

export interface NetworkServiceOptions {
  readonly database: Database;
  readonly runner: OpRunner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: NetworkConfig;
  /** Files of the host. */
  readonly hostFiles?: { readonly hosts: string; readonly resolvConf: string; readonly resolved: string };
}

/** What the texts of a container's network files depend on. */
export interface NetworkFileRequest {
  readonly hostname: string;
  readonly domainname: string;
  readonly ip: string | undefined;
  readonly mode: 'bridge' | 'none' | 'host';
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly extraHosts: readonly string[];
}

const HOST_FILES = {
  hosts: '/etc/hosts',
  resolvConf: '/etc/resolv.conf',
  resolved: '/run/systemd/resolve/resolv.conf',
};
const PREDEFINED = [
  ['bridge', 'bridge'],
  ['host', 'host'],
  ['none', 'null'],
] as const;

/**
 * The networks of one engine: the predefined three, of which only `bridge` has interfaces and addresses. The bridge and
 * the rules outlive the engine while containers use them; endpoints are records that survive restarts.
 */
export class NetworkService {
  readonly #options: NetworkServiceOptions;
  readonly #store: NetworkStore;
  readonly #endpoints = new Map<string, Endpoint>();
  #networks: ReadonlyMap<string, NetworkRecord> = new Map();
  #default: { readonly bridge: Bridge; readonly pool: AddressPool; readonly id: string } | undefined;

  constructor(options: NetworkServiceOptions) {
    this.#options = options;
    this.#store = new NetworkStore(options.database);
  }

  /**
   * Makes or takes over bridge and rules, and remembers the endpoints of before. Throws NETWORK_CONFLICT,
   * ADDRESSES_EXHAUSTED, OPERATION_FAILED.
   */
  async start(): Promise<void> {
    const { runner, clock, config, logger } = this.#options;
    const records = PREDEFINED.map(([name, driver]) => this.#store.ensureNetwork(name, driver, clock.now()));
    this.#networks = new Map(records.map((record) => [record.name, record]));
    const { id, subnet: before } = this.#record('bridge');
    const kept = this.#store.endpoints(id);
    const wish = {
      name: config.bridge,
      mtu: config.mtu ?? 1500,
      subnet: config.subnet === undefined ? undefined : parseSubnet(config.subnet),
      before: before === undefined ? undefined : parseSubnet(before),
    };
    const owned = new Set(kept.map(({ hostInterface }) => hostInterface));
    const address = config.subnet === undefined ? undefined : hostPart(config.subnet);
    const bridge = await ensureBridge(runner, wish, (subnet) => new AddressPool(subnet, address).gateway, owned);
    await runner.run([planRules(config.nftTable, config.bridge, bridge.subnet)]);
    const closed = await passForeignFirewall(runner, config.bridge, config.nftTable);
    if (closed.length > 0)
      logger.warn('a firewall may keep containers from the outside', { chains: closed.join(', ') });
    if (subnetText(bridge.subnet) !== before) this.#store.setSubnet(id, subnetText(bridge.subnet));
    const pool = new AddressPool(bridge.subnet, address);
    this.#default = { bridge, pool, id };
    for (const record of kept) this.#adopt(record, pool);
    logger.debug('network is up', { bridge: bridge.name, subnet: subnetText(bridge.subnet), endpoints: kept.length });
  }

  #adopt(record: EndpointRecord, pool: AddressPool): void {
    if (pool.reserve(record.ip)) {
      this.#endpoints.set(record.sandboxId, { ...record, prefix: pool.subnet.prefix, gateway: pool.gateway });
      return;
    }
    this.#options.logger.warn('an endpoint of before does not fit the subnet', {
      sandbox: record.sandboxId,
      ip: record.ip,
    });
    this.#store.removeEndpoint(record.sandboxId);
  }

  /** Gives back everything of sandboxes that are not in `alive`: what a crash left behind. */
  async reconcile(alive: ReadonlySet<string>): Promise<void> {
    const dead = [...this.#endpoints.keys()].filter((sandboxId) => !alive.has(sandboxId));
    for (const sandboxId of dead) await this.release(sandboxId, { interface: true });
  }

  /** Takes bridge and rules away, unless containers that go on without the engine still use them. */
  async stop(): Promise<void> {
    if (this.#default === undefined || this.#endpoints.size > 0) return;
    const { runner, config } = this.#options;
    this.#default = undefined;
    await leaveForeignFirewall(runner, config.nftTable);
    await runner.run([planRulesRemoval(config.nftTable), planBridgeRemoval(config.bridge)]);
  }

  /**
   * Reserves an address on the default bridge for a sandbox. Asked again, gives the same. Throws ADDRESSES_EXHAUSTED.
   */
  allocate(sandboxId: string): Endpoint {
    const known = this.#endpoints.get(sandboxId);
    if (known !== undefined) return known;
    const { pool, id } = this.#running();
    const ip = pool.allocate(`bridge (${id.slice(0, 12)})`);
    const endpoint: Endpoint = {
      sandboxId,
      networkId: id,
      endpointId: randomBytes(32).toString('hex'),
      ip,
      prefix: pool.subnet.prefix,
      gateway: pool.gateway,
      mac: macOf(ip),
      ...hostNames(sandboxId),
    };
    try {
      this.#store.addEndpoint(endpoint);
    } catch (cause) {
      pool.release(ip);
      throw fail('NETWORK_CONFLICT', `cannot record the endpoint of sandbox ${sandboxId}: ${messageOf(cause)}`, {
        cause,
      });
    }
    this.#endpoints.set(sandboxId, endpoint);
    return endpoint;
  }

  /** The steps that give a sandbox the interface of its endpoint; to be performed while its child waits. */
  planAttach(endpoint: Endpoint): AttachPlan {
    return planAttach(endpoint, this.#running().bridge);
  }

  /** `allocate` and `planAttach` in one: the program for a sandbox that is being made. */
  async attach(sandboxId: string): Promise<Program> {
    return attachProgram(this.planAttach(this.allocate(sandboxId)));
  }

  /**
   * Forgets a sandbox's endpoint. Its interface goes with its network namespace by itself; `interface` takes it away
   * for the case that the namespace lives on. Safe to repeat.
   */
  async release(sandboxId: string, options: { readonly interface?: boolean } = {}): Promise<void> {
    const endpoint = this.#endpoints.get(sandboxId);
    if (endpoint === undefined) return;
    if (options.interface) {
      const note = `leftover ${endpoint.hostInterface}`;
      const remove = deleteLink({ name: endpoint.hostInterface });
      await this.#options.runner.run([netlinkStep([remove], { side: 'host', note, tolerate: ENODEV })]);
    }
    this.#store.removeEndpoint(sandboxId);
    this.#endpoints.delete(sandboxId);
    this.#default?.pool.release(endpoint.ip);
  }

  /** The endpoint of a sandbox, if it has one. */
  endpoint(sandboxId: string): Endpoint | undefined {
    return this.#endpoints.get(sandboxId);
  }

  /** ID of a predefined network. Throws NO_SUCH_NETWORK. */
  networkId(name: string): string {
    return this.#record(name).id;
  }

  /**
   * The networks as the API shows them. `containers` are those on a network, by ID, with their sandbox: they are listed
   * in the inspect form.
   */
  list(): NetworkView[] {
    return [...this.#networks.values()].map((record) => this.#view(record, []));
  }

  /** One network by name, ID or unambiguous beginning of an ID. Throws NO_SUCH_NETWORK. */
  inspect(
    nameOrId: string,
    containers: readonly { readonly id: string; readonly name: string; readonly sandbox: string }[],
  ): NetworkView {
    const all = [...this.#networks.values()];
    const matches = all.filter(({ name, id }) => name === nameOrId || id === nameOrId);
    const found = matches.length > 0 ? matches : all.filter(({ id }) => nameOrId !== '' && id.startsWith(nameOrId));
    const [record] = found;
    if (record === undefined || found.length > 1) throw fail('NO_SUCH_NETWORK', `network ${nameOrId} not found`);
    return this.#view(record, record.name === 'bridge' ? containers : []);
  }

  #view(
    record: NetworkRecord,
    containers: readonly { readonly id: string; readonly name: string; readonly sandbox: string }[],
  ): NetworkView {
    const pool = record.name === 'bridge' ? this.#default?.pool : undefined;
    const ends = containers.flatMap(({ id, name, sandbox }) => {
      const endpoint = this.#endpoints.get(sandbox);
      return endpoint === undefined ? [] : [{ id, name, endpoint }];
    });
    return viewNetwork(record, pool, this.#options.config, ends);
  }

  /** The texts of /etc/hosts and /etc/resolv.conf. Throws INVALID_NETWORK_SETTING. */
  files(request: NetworkFileRequest): { readonly hosts: string; readonly resolvConf: string } {
    const paths = this.#options.hostFiles ?? HOST_FILES;
    const hostGateway = this.#options.config.hostGateway ?? this.#default?.pool.gateway ?? '127.0.0.1';
    const hosts =
      request.mode === 'host'
        ? hostsFileOfHost(readIfThere(paths.hosts), { ...request, hostGateway })
        : hostsFile({ ...request, hostGateway });
    const ownNamespace = request.mode !== 'host';
    return { hosts, resolvConf: resolvConfFile({ ...request, host: this.#hostResolver(ownNamespace), ownNamespace }) };
  }

  /** Where the host runs a resolver of its own (systemd-resolved), the servers behind it are in another file. */
  #hostResolver(ownNamespace: boolean): ResolvConf {
    const paths = this.#options.hostFiles ?? HOST_FILES;
    const own = parseResolvConf(readIfThere(paths.resolvConf));
    if (!ownNamespace || !onlyLoopback(own) || !existsSync(paths.resolved)) return own;
    return parseResolvConf(readIfThere(paths.resolved));
  }

  #record(name: string): NetworkRecord {
    const record = this.#networks.get(name);
    if (record === undefined) throw fail('NO_SUCH_NETWORK', `network ${name} not found`);
    return record;
  }

  #running() {
    if (this.#default === undefined) throw fail('NETWORK_CONFLICT', 'the network is not running');
    return this.#default;
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw fail('INVALID_NETWORK_SETTING', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
