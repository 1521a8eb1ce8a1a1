import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ContainerProcess, type KernelFeatures, startError } from '@wharf/runtime';
import type { Layers } from '../containers/ports.ts';
import { RootfsView } from '../containers/rootfs-view.ts';
import { fail } from '../errors.ts';
import type { SandboxService } from '../sandboxes/sandbox-service.ts';
import { planCopy } from './populate-plan.ts';

export interface PopulatorOptions {
  readonly sandboxes: SandboxService;
  readonly features: KernelFeatures;
  /** Directory for what is needed while it copies, on the file system of the layers. */
  readonly scratch: string;
}

/** Fills new volumes with what the image has at the place where they are mounted. */
export class Populator {
  readonly #options: PopulatorOptions;

  constructor(options: PopulatorOptions) {
    this.#options = options;
  }

  /**
   * Copies the image's directory into `target` (the data of a volume, on the host) with owners, modes, links and
   * extended attributes. Nothing happens when the image has no such directory, or the volume is not empty.
   * Throws BAD_CONFIG when the image has a file there, VOLUME_COPY.
   */
  async populate(layers: Layers, destination: string, target: string): Promise<void> {
    const view = new RootfsView(layers.lower);
    const found = view.locate(destination);
    if (!found) return;
    if (!found.stats.isDirectory()) {
      throw fail('BAD_CONFIG', `cannot mount volume over existing file, file exists ${destination}`);
    }
    if (readdirSync(target).length > 0) return;
    if (view.hasEntries(found.path)) await this.#copy(layers, found.path, target);
    chownSync(target, found.stats.uid, found.stats.gid);
    chmodSync(target, found.stats.mode & 0o7777);
  }

  async #copy(layers: Layers, path: string, target: string): Promise<void> {
    const { sandboxes, features, scratch } = this.#options;
    const held = await sandboxes.take({ namespaces: [{ type: 'mount' }], network: 'joined' });
    const own = join(scratch, held.id);
    const [upper, work, jail, log] = ['upper', 'work', 'jail', 'log'].map((name) => join(own, name)) as [
      string,
      string,
      string,
      string,
    ];
    try {
      for (const directory of [upper, work, jail]) mkdirSync(directory, { recursive: true, mode: 0o700 });
      const { staging } = sandboxes;
      const program = planCopy({ lower: layers.lower, upper, work, staging, jail, path, target, features, log });
      await held.sandbox.cell.perform(program).catch((error: unknown) => {
        throw startError(error);
      });
      const process = ContainerProcess.adopt(held.sandbox.cell, held.sandbox.plan.directory);
      const { code } = await process.exited;
      if (code !== 0) {
        const said = readFileSync(log, 'utf8').slice(0, 1000).trim();
        throw fail(
          'VOLUME_COPY',
          `failed to copy ${path} of the image into the volume: cp ended with ${code}: ${said}`,
        );
      }
      await sandboxes.cleanUp(held.id);
    } catch (error) {
      await sandboxes.discard(held);
      throw error;
    } finally {
      await rm(own, { recursive: true, force: true });
    }
  }
}
