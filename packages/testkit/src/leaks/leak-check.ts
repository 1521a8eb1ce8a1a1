import { readdir } from 'node:fs/promises';
import { errnoOf } from '@wharf/kit';
import type { EnginePlaces } from '../engine/options.ts';
import { fail } from '../errors.ts';
import { eventually } from '../eventually.ts';
import { type HostState, readHostState, tracesOf } from './host-state.ts';
import { nftTables } from './nft.ts';

/** Compares the host before an engine started with the host after it has stopped. */
export class LeakCheck {
  readonly #before: HostState;
  readonly #tables: readonly string[];
  readonly #ports = new Set<string>();

  private constructor(before: HostState, tables: readonly string[]) {
    this.#before = before;
    this.#tables = tables;
  }

  static async start(): Promise<LeakCheck> {
    return new LeakCheck(await readHostState(), await nftTables());
  }

  /** Notes the interfaces on the engine's bridge: only so is known later on whose they were. */
  async observe(places: EnginePlaces): Promise<void> {
    for (const name of await portsOf(places.bridge)) this.#ports.add(name);
  }

  /** What is on the host now that was not there before and belongs to the engine at `places`. */
  async leaks(places: EnginePlaces): Promise<string[]> {
    const now = await readHostState();
    const interfaces = now.interfaces.filter((name) => name === places.bridge || this.#ports.has(name));
    // The parent of an engine's cgroups is named after its bridge, as every global name follows from the configuration.
    const parent = `/wharf-${places.bridge}`;
    const cgroups = now.cgroups.filter((path) => !this.#before.cgroups.includes(path) && path.includes(parent));
    const tables = (await nftTables()).filter((line) => !this.#tables.includes(line) && line.includes(places.bridge));
    return [
      ...interfaces.map((name) => `interface: ${name}`),
      ...cgroups.map((path) => `cgroup: ${path}`),
      ...tables.map((line) => `nftables: ${line}`),
      ...(await tracesOf(places.directory)),
      ...(await leftIn(places.execRoot)),
    ];
  }

  /** Fails with TEST_LEAK and the list when something of the engine stays on the host. */
  async assertClean(places: EnginePlaces): Promise<void> {
    await eventually(
      async () => {
        const leaks = await this.leaks(places);
        if (leaks.length === 0) return true;
        throw fail('TEST_LEAK', `left on the host:\n  ${leaks.join('\n  ')}`);
      },
      { within: 5_000, every: 100 },
    );
  }
}

async function portsOf(bridge: string): Promise<string[]> {
  try {
    return await readdir(`/sys/class/net/${bridge}/brif`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Directories below the exec root that outlive the engine. Empty ones are its fixed skeleton, not a leak. */
async function leftIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => /^[0-9a-f]{12,64}$/.test(entry.name))
      .map((entry) => `in exec root: ${entry.parentPath}/${entry.name}`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
