import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, writeFileAtomic } from '@wharf/kit';
import type { SeccompConfig } from '@wharf/linux';
import { type Hooks, ociJson } from '@wharf/runtime';
import type { OciConfig } from '@wharf/spec';
import { fail } from '../errors.ts';

/** What is remembered of a container between two calls. */
export interface ContainerState {
  readonly id: string;
  readonly ociVersion: string;
  readonly bundle: string;
  /** RFC 3339. */
  readonly created: string;
  /** 0 until there is a process. */
  readonly pid: number;
  /** See `startOf`. */
  readonly start: string;
  readonly config: OciConfig;
  readonly seccomp: SeccompConfig | undefined;
  readonly hooks: Hooks;
  readonly apparmor?: string | undefined;
}

/** The containers below one root directory: each has a directory with its state, its gate while it waits, and its socket. */
export class StateDirectory {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** An empty directory, on which the root of every container is mounted in its own mount namespace. */
  get staging(): string {
    return join(this.root, '.staging');
  }

  /** Throws OCI_USAGE for an ID that cannot be a container's: it becomes a file name. */
  directory(id: string): string {
    if (!/^[A-Za-z0-9_+.-]{1,255}$/.test(id) || /^\.+$/.test(id) || id.startsWith('.staging')) {
      throw fail('OCI_USAGE', `invalid container ID format: ${JSON.stringify(id)}`);
    }
    return join(this.root, id);
  }

  /** The pipe at which the container's process waits. */
  gate(id: string): string {
    return join(this.directory(id), 'gate');
  }

  /** Throws OCI_CONTAINER_EXISTS. */
  claim(id: string): void {
    const directory = this.directory(id);
    mkdirSync(this.root, { recursive: true, mode: 0o711 });
    mkdirSync(this.staging, { recursive: true, mode: 0o755 });
    try {
      mkdirSync(directory, { mode: 0o711 });
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST') throw cause;
      throw fail('OCI_CONTAINER_EXISTS', `container with id exists: ${id}`, { cause });
    }
  }

  save(state: ContainerState): void {
    writeFileAtomic(join(this.directory(state.id), 'state.json'), ociJson(state), 0o600);
  }

  /** Undefined when there is no such container, or only the beginning of one. */
  find(id: string): ContainerState | undefined {
    try {
      return JSON.parse(readFileSync(join(this.directory(id), 'state.json'), 'utf8')) as ContainerState;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Throws OCI_NO_CONTAINER. */
  get(id: string): ContainerState {
    const state = this.find(id);
    if (!state) throw fail('OCI_NO_CONTAINER', 'container does not exist');
    return state;
  }

  all(): ContainerState[] {
    try {
      const names = readdirSync(this.root).filter((name) => !name.startsWith('.'));
      return names.flatMap((name) => this.find(name) ?? []);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  forget(id: string): void {
    rmSync(this.directory(id), { recursive: true, force: true });
  }
}
