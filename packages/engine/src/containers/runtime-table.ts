import type { ContainerProcess } from '@wharf/runtime';
import type { LateStream } from './late-stream.ts';

/** One client that asked to be attached before the container ran. */
export interface PendingAttach {
  readonly stream: LateStream;
  readonly want: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
}

/** What is alive in this engine's memory: processes of running containers, and clients that wait for a start. */
export class RuntimeTable {
  readonly #processes = new Map<string, ContainerProcess>();
  readonly #starting = new Map<string, string>();
  readonly #pending = new Map<string, Set<PendingAttach>>();

  process(id: string): ContainerProcess | undefined {
    return this.#processes.get(id);
  }

  running(id: string, process: ContainerProcess): void {
    this.#starting.delete(id);
    this.#processes.set(id, process);
  }

  ended(id: string): void {
    this.#processes.delete(id);
  }

  /** The directory of a container's cell, which takes connections: of one that runs, or is about to. */
  directory(id: string): string | undefined {
    return this.#processes.get(id)?.directory ?? this.#starting.get(id);
  }

  /** Lets go of all containers; they run on. */
  releaseAll(): void {
    for (const process of this.#processes.values()) process.release();
    this.#processes.clear();
  }

  /** Remembers a client until the next start. */
  addPending(id: string, pending: PendingAttach): void {
    const set = this.#pending.get(id) ?? new Set();
    this.#pending.set(id, set);
    set.add(pending);
    pending.stream.once('close', () => set.delete(pending));
  }

  /** The clients that waited for this start; they are no longer waiting. Later ones connect to the cell themselves. */
  starting(id: string, directory: string): PendingAttach[] {
    this.#starting.set(id, directory);
    return this.#takePending(id);
  }

  #takePending(id: string): PendingAttach[] {
    const set = this.#pending.get(id);
    this.#pending.delete(id);
    return set ? [...set] : [];
  }

  /** Ends the streams of clients that waited in vain. */
  dropPending(id: string): void {
    this.#starting.delete(id);
    for (const { stream } of this.#takePending(id)) stream.giveUp();
  }
}
