import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, messageOf } from '@wharf/kit';
import type { CellRunner, Program } from '@wharf/linux';
import { type IdMaps, Sandbox, type SandboxCgroup, SandboxPool } from '@wharf/runtime';
import type { OciNamespace } from '@wharf/spec';

/** Which network end a sandbox gets when it is made. */
export type NetworkKind = 'bridge' | 'none' | 'joined';

/** Interfaces of one sandbox, by the network service. */
export interface SandboxNetwork {
  /** Reserves an address; returns what the sandbox has to do to get its interface. */
  attach(sandbox: string): Promise<Program>;
  /** The sandbox is gone, and its interface with it. */
  release(sandbox: string): Promise<void>;
  /** Releases all sandboxes but these: what a crash or a reboot left. */
  reconcile(alive: ReadonlySet<string>): Promise<void>;
}

/** Control groups of sandboxes, by the machine's layout. */
export interface SandboxCgroups {
  /** Chooses another parent group than the engine's for a sandbox that is about to be made. */
  place(sandbox: string, parent: string): void;
  plan(sandbox: string): SandboxCgroup;
  remove(sandbox: string): Promise<void>;
}

/** A sandbox with its identity. The name of everything that belongs to it follows from the identity. */
export interface Held {
  readonly id: string;
  readonly network: NetworkKind;
  readonly sandbox: Sandbox;
  /** When it was made (milliseconds of `performance.now()`), and how many that took. */
  readonly made: { readonly at: number; readonly took: number };
}

/** What a container wants of its sandbox. */
export interface SandboxRequest {
  readonly namespaces: readonly OciNamespace[];
  readonly network: NetworkKind;
  /** Of a new user namespace. */
  readonly idMaps?: IdMaps;
  /** Its process stays out of the sandbox's control group, which another runtime makes for the container. */
  readonly outside?: boolean;
  /** Parent of its control group below every mount point; default: the engine's own. */
  readonly cgroupParent?: string;
}

export interface SandboxServiceOptions {
  readonly execRoot: string;
  readonly runner: CellRunner;
  readonly network: SandboxNetwork;
  readonly cgroups: SandboxCgroups;
  readonly logger: Logger;
  readonly poolSize: number;
}

/** The namespaces of a container without special wishes: those are kept parked. */
export const STANDARD_NAMESPACES: readonly OciNamespace[] = (
  ['mount', 'uts', 'ipc', 'pid', 'network', 'cgroup'] as const
).map((type) => ({ type }));

const NO_CGROUP: SandboxCgroup = { v2Directory: '', directories: [], early: [], procsFiles: [] };

function classOf(request: SandboxRequest): string {
  return `${request.network} ${request.outside ? 'outside ' : ''}${request.cgroupParent ?? ''} ${request.namespaces
    .map(({ type, path }) => `${type}${path ?? ''}`)
    .sort()
    .join(' ')} ${request.idMaps ? JSON.stringify(request.idMaps) : ''}`;
}

/** Makes, keeps parked, hands out and tears down sandboxes. */
export class SandboxService {
  readonly #options: SandboxServiceOptions;
  readonly #pools = new Map<string, SandboxPool<Held>>();
  /** Tear-downs under way, so that stop() can wait for them. */
  readonly #endings = new Set<Promise<void>>();

  constructor(options: SandboxServiceOptions) {
    this.#options = options;
    mkdirSync(join(options.execRoot, 's'), { recursive: true, mode: 0o711 });
    mkdirSync(this.staging, { recursive: true, mode: 0o755 });
  }

  /** The empty directory on which every container mounts its root, each in its own mount namespace. */
  get staging(): string {
    return join(this.#options.execRoot, 'root');
  }

  /** Directory of one sandbox's socket and exit record. */
  directory(id: string): string {
    return join(this.#options.execRoot, 's', id);
  }

  /** Keeps sandboxes of this kind parked from now on. */
  keepParked(request: SandboxRequest): void {
    const factory = {
      make: () => this.#make(request),
      unmake: (held: Held) => this.discard(held),
      sandboxOf: ({ sandbox }: Held) => sandbox,
    };
    const pool = new SandboxPool<Held>(factory, { size: this.#options.poolSize, logger: this.#options.logger });
    this.#pools.set(classOf(request), pool);
    pool.refillSoon(0);
  }

  /** A sandbox for a container: a parked one where the kind is kept, else a new one. */
  take(request: SandboxRequest): Promise<Held> {
    return this.#pools.get(classOf(request))?.take() ?? this.#make(request);
  }

  async #make(request: SandboxRequest): Promise<Held> {
    const { runner, network, cgroups } = this.#options;
    const id = randomBytes(16).toString('hex');
    const began = performance.now();
    try {
      if (request.cgroupParent !== undefined) cgroups.place(id, request.cgroupParent);
      const steps = request.network === 'bridge' ? await network.attach(id) : [];
      const plan = {
        directory: this.directory(id),
        namespaces: request.namespaces,
        user: { staging: this.staging, ...(request.idMaps ? { idMaps: request.idMaps } : {}) },
        cgroup: request.outside ? NO_CGROUP : cgroups.plan(id),
        network: steps,
      };
      const sandbox = await Sandbox.park(runner, plan);
      const at = performance.now();
      return { id, network: request.network, sandbox, made: { at, took: at - began } };
    } catch (error) {
      await this.cleanUp(id);
      throw error;
    }
  }

  /** Ends a sandbox that did not become a container. */
  async discard(held: Held): Promise<void> {
    await held.sandbox.discard();
    await this.cleanUp(held.id);
  }

  /** Tears down what is left of a sandbox whose processes are gone, without making anybody wait. */
  cleanUpSoon(id: string): void {
    const ending = new Promise<void>((resolve) => setTimeout(resolve, 20))
      .then(() => this.cleanUp(id))
      .catch((error: unknown) =>
        this.#options.logger.warn('tear-down failed', { sandbox: id, error: messageOf(error) }),
      )
      .finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }

  /** Address, control group and directory of a sandbox whose processes are gone. Safe to repeat. */
  async cleanUp(id: string): Promise<void> {
    await this.#options.network.release(id);
    await this.#options.cgroups.remove(id);
    const directory = this.directory(id);
    await rm(directory, { recursive: true, force: true });
  }

  /** Ends all parked sandboxes and waits for tear-downs. Running containers are left alone. */
  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    await Promise.all(this.#endings);
  }
}
