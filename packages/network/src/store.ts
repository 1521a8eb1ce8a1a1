import { randomBytes } from 'node:crypto';
import { type Database, isDiskFull, type Schema } from '@wharf/kit';
import type { Endpoint } from './endpoint.ts';

/** The network's tables. */
export const networkSchema: Schema = {
  area: 'network',
  steps: [
    `CREATE TABLE network (
       name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, driver TEXT NOT NULL, created INTEGER NOT NULL, subnet TEXT
     ) STRICT;
     CREATE TABLE network_endpoint (
       sandbox TEXT PRIMARY KEY, network TEXT NOT NULL REFERENCES network (id) ON DELETE CASCADE,
       endpoint TEXT NOT NULL, ip TEXT NOT NULL, mac TEXT NOT NULL, interface TEXT NOT NULL, link_index INTEGER NOT NULL,
       UNIQUE (network, ip), UNIQUE (link_index)
     ) STRICT`,
  ],
};

/** A network's record. */
export interface NetworkRecord {
  readonly name: string;
  readonly id: string;
  readonly driver: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** "172.17.0.0/16"; undefined for networks without addresses, or before one was chosen. */
  readonly subnet: string | undefined;
}

/** An endpoint's record: what does not follow from its network. */
export type EndpointRecord = Omit<Endpoint, 'prefix' | 'gateway'>;

/** Networks and endpoints in the database. Changes are not waited for: an endpoint lost with the power is not missed. */
export class NetworkStore {
  readonly #database: Database;
  /** Sandboxes whose rows could not be removed yet. */
  readonly #stale = new Set<string>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Finds a network or makes its record with a new ID. */
  ensureNetwork(name: string, driver: string, now: number): NetworkRecord {
    const id = randomBytes(32).toString('hex');
    this.#database.run('INSERT OR IGNORE INTO network VALUES (?, ?, ?, ?, NULL)', name, id, driver, now);
    return this.network(name) ?? { name, id, driver, created: now, subnet: undefined };
  }

  network(name: string): NetworkRecord | undefined {
    const row = this.#database.get('SELECT * FROM network WHERE name = ?', name);
    if (row === undefined) return undefined;
    return {
      name: String(row['name']),
      id: String(row['id']),
      driver: String(row['driver']),
      created: Number(row['created']),
      subnet: row['subnet'] === null ? undefined : String(row['subnet']),
    };
  }

  setSubnet(id: string, subnet: string): void {
    this.#database.run('UPDATE network SET subnet = ? WHERE id = ?', subnet, id);
  }

  endpoints(networkId: string): EndpointRecord[] {
    return this.#database.all('SELECT * FROM network_endpoint WHERE network = ?', networkId).map((row) => ({
      sandboxId: String(row['sandbox']),
      networkId: String(row['network']),
      endpointId: String(row['endpoint']),
      ip: String(row['ip']),
      mac: String(row['mac']),
      hostInterface: String(row['interface']),
      hostIndex: Number(row['link_index']),
    }));
  }

  addEndpoint(endpoint: EndpointRecord): void {
    const { sandboxId, networkId, endpointId, ip, mac, hostInterface, hostIndex } = endpoint;
    this.#sweep();
    const sql = 'INSERT INTO network_endpoint VALUES (?, ?, ?, ?, ?, ?, ?)';
    this.#database.run(sql, sandboxId, networkId, endpointId, ip, mac, hostInterface, hostIndex);
  }

  /** Never fails for want of space: what is gone is gone, the row goes with a later change or the next start. */
  removeEndpoint(sandboxId: string): void {
    this.#stale.add(sandboxId);
    this.#sweep();
  }

  #sweep(): void {
    try {
      for (const sandboxId of this.#stale) {
        this.#database.run('DELETE FROM network_endpoint WHERE sandbox = ?', sandboxId);
        this.#stale.delete(sandboxId);
      }
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }
}
