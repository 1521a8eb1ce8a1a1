import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@wharf/testkit';
import { busyboxLayer } from '../support/program-image.ts';
import { NO_MKDIR } from './areas/security.ts';
import { type Bundle, baseBundle } from './bundle.ts';
import type { Place } from './case.ts';

const HIERARCHIES = '/sys/fs/cgroup';

/** The directories of a control group in all hierarchies. */
export function cgroupDirectories(path: string): string[] {
  const roots = [HIERARCHIES, ...readdirSync(HIERARCHIES).map((name) => join(HIERARCHIES, name))];
  return roots.map((root) => join(root, path)).filter((directory) => existsSync(directory));
}

/** A directory with a root file system, bundles, and what cases look for on the host. */
export class Workshop implements Place {
  readonly root: string;
  /** Parent of the control groups of all its bundles. */
  readonly cgroup: string;
  #bundles = 0;

  private constructor(root: string) {
    this.root = root;
    this.cgroup = `/wharf-conformance-${root.slice(-6)}`;
  }

  static async open(): Promise<Workshop> {
    const shop = new Workshop(mkdtempSync('/dev/shm/wharf-conformance-'));
    mkdirSync(join(shop.root, 'rootfs'));
    // For those in user namespaces, who may not make them.
    chmodSync(shop.root, 0o755);
    for (const name of ['proc', 'sys', 'dev']) mkdirSync(join(shop.root, 'rootfs', name), { recursive: true });
    mkdirSync(join(shop.root, 'rootfs/mnt/t'), { recursive: true });
    // Some runtimes give a tmpfs the mode of the directory that it hides.
    chmodSync(join(shop.root, 'rootfs/mnt/t'), 0o1770);
    mkdirSync(shop.directory);
    writeFileSync(join(shop.directory, 'file'), 'content\n');
    writeFileSync(join(shop.directory, 'seccomp.json'), JSON.stringify(NO_MKDIR));
    const env = { PATH: process.env['PATH'] ?? '' };
    await runCommand(['tar', '-x', '-C', join(shop.root, 'rootfs')], { env, input: await busyboxLayer() });
    return shop;
  }

  get directory(): string {
    return join(this.root, 'host');
  }

  /** Writes a bundle that runs the script, changed. */
  bundle(script: string, change: (bundle: Bundle) => void = () => {}): { readonly id: string; readonly path: string } {
    this.#bundles += 1;
    const id = `c${this.#bundles}`;
    const path = join(this.root, id);
    const bundle = baseBundle({ rootfs: join(this.root, 'rootfs'), cgroup: `${this.cgroup}/${id}`, script });
    change(bundle);
    mkdirSync(path);
    writeFileSync(join(path, 'config.json'), JSON.stringify(bundle));
    return { id, path };
  }

  close(): void {
    for (const directory of cgroupDirectories(this.cgroup)) rmdirSync(directory);
    rmSync(this.root, { recursive: true, force: true });
  }
}
