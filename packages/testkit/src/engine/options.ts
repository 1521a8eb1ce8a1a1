/** Ours, or Debian's dockerd: the oracle of tests and the yardstick of benchmarks. */
export type EngineKind = 'wharf' | 'dockerd';

/** How a test wants its engine. */
export interface TestEngineOptions {
  /** Default: what the environment says (see engineKind). */
  readonly kind?: EngineKind;
  /** Directory that takes all of the engine's own directories; default: a new one below /dev/shm (disks are slow). */
  readonly directory?: string;
  /** Data root when it must lie elsewhere, for instance on a small file system. */
  readonly dataRoot?: string;
  readonly hub?: boolean;
  /** Written to a file given by --config. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Further arguments of dockerd when that is the engine: `config` is not its. */
  readonly oracle?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Where the things of one engine under test are. */
export interface EnginePlaces {
  readonly directory: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
  readonly bridge: string;
  readonly logFile: string;
}
