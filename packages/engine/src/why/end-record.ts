/** On whose behalf the engine sent a signal: a verb of a client, or a rule that the container was made with. */
export type SentBy = 'kill' | 'stop' | 'restart' | 'remove' | 'health' | 'timeout';

/** One signal that the engine sent to a container's first process. */
export interface SentSignal {
  readonly by: SentBy;
  readonly signal: number;
  /** RFC 3339 with nanoseconds. */
  readonly at: string;
  /** What the first process did with such a signal then; absent when that could not be known. */
  readonly handling?: 'caught' | 'ignored' | 'default';
}

/** How one run of a container ended, or why it could not begin. */
export interface EndRecord {
  /**
   * `exited`: the process ended, and its monitor wrote down how. `monitor-lost`: the monitor was killed, and the container
   * with it. `machine-lost`: it ran when the machine went down. `start-failed`: it never ran.
   */
  readonly kind: 'exited' | 'monitor-lost' | 'machine-lost' | 'start-failed';
  /** RFC 3339 with nanoseconds; of a start that failed, when it was tried. */
  readonly startedAt: string;
  readonly at: string;
  readonly exitCode: number;
  /** That killed the first process; 0 for none. */
  readonly signal: number;
  /** Processes of the container that the kernel killed for want of memory. */
  readonly oomKills: number;
  /** What the engine sent to it, oldest first: the last few. */
  readonly sent: readonly SentSignal[];
  /** Of a start that failed. */
  readonly error?: string;
  /** Bytes: the limit in force and the most that was used, for a container with a limit. */
  readonly memoryLimit?: number;
  readonly memoryPeak?: number;
  /** How often a new process was refused because of the limit of processes. */
  readonly pidsRefused?: number;
  /** The last check's output of a container that was unhealthy then. */
  readonly unhealthy?: string;
  /** The engine did not run then. */
  readonly engineAway?: boolean;
  /** The restart policy starts it again. */
  readonly again: boolean;
}
