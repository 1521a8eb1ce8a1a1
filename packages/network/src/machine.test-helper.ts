import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Database, silentLogger, systemClock } from '@wharf/kit';
import { Cell, CellRunner, onHost } from '@wharf/linux';
import type { NetworkConfig } from './config.ts';
import { NetworkService } from './network-service.ts';
import { networkSchema } from './store.ts';

const CELL = join(import.meta.dirname, '../../../cell/build/cell');
const CLONE_NEWNET = 0x40000000;
/** True if the shell command succeeds. */
export const works = (command: string) => spawnSync('sh', ['-c', command]).status === 0;
/** Why tests with real interfaces cannot run here; false if they can. */
export const skip =
  process.getuid?.() !== 0
    ? 'needs root'
    : !existsSync(CELL)
      ? 'needs cell'
      : !works('ip -V && nft --version && ping -V')
        ? 'needs iproute2, nftables and iputils-ping'
        : false;

/** A machine of the test's own: a network namespace, a runner in it, and services on it. */
export class Machine {
  readonly name: string;
  readonly runner = new CellRunner(CELL);
  readonly #cells: Cell[] = [];
  readonly #databases: Database[] = [];

  readonly #directory: string;

  constructor(suffix: string, directory: string) {
    this.#directory = directory;
    this.name = `wht-${process.pid}-${suffix}`;
    spawnSync('ip', ['netns', 'add', this.name]);
    this.sh('ip link set lo up');
  }

  async enter(): Promise<this> {
    await this.runner.run([this.#join()]);
    return this;
  }

  #join() {
    return onHost({ op: 'SETNS', path: `/run/netns/${this.name}`, type: CLONE_NEWNET });
  }

  service(config: Partial<NetworkConfig> = {}): NetworkService {
    const database = new Database(join(this.#directory, `${this.name}${config.bridge ?? ''}.db`), [networkSchema]);
    this.#databases.push(database);
    return new NetworkService({
      database,
      runner: this.runner,
      clock: systemClock(),
      logger: silentLogger,
      config: { bridge: 'whb0', nftTable: 'wht', ...config },
    });
  }

  /** A sandbox as the engine makes them; returns its cell and how to run something inside. */
  async sandbox(service: NetworkService, id: string) {
    const cell = new Cell(CELL);
    this.#cells.push(cell);
    const steps = await service.attach(id);
    await cell.perform([this.#join(), onHost({ op: 'CLONE', flags: CLONE_NEWNET, cgroup: '' }), ...steps]);
    const inside = (command: string) =>
      spawnSync('nsenter', ['-t', String(cell.childPid), '-n', 'sh', '-c', command], { encoding: 'utf8' });
    return {
      cell,
      inside: (command: string) => inside(command).stdout,
      reaches: (address: string) => inside(`ping -c1 -W1 ${address}`).status === 0,
    };
  }

  sh(command: string): string {
    return spawnSync('ip', ['netns', 'exec', this.name, 'sh', '-c', command], { encoding: 'utf8' }).stdout;
  }

  async close(): Promise<void> {
    for (const cell of this.#cells) {
      cell.close();
      await cell.gone;
    }
    for (const database of this.#databases) database.close();
    await this.runner.close();
    spawnSync('ip', ['netns', 'del', this.name]);
  }
}
