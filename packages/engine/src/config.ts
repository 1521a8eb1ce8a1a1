import type { IdMaps, OciRuntimes } from '@wharf/runtime';

/** Everything about one engine that its surroundings decide; every global name follows from it. */
export interface EngineConfig {
  /** Database, images, snapshots, container files. */
  readonly dataRoot: string;
  /** Sockets and exit records of running containers; does not survive a reboot. */
  readonly execRoot: string;
  /** Parent of all control groups of this engine, without a leading slash. */
  readonly cgroupParent: string;
  /** How many sandboxes of each kind are kept parked; 0 parks none. */
  readonly poolSize: number;
  readonly version: string;
  readonly commit: string;
  readonly buildTime: string;
  /** Labels of the engine (`GET /info`). */
  readonly labels: readonly string[];
  /** Bounds of the json-file log of a container that sets none: bytes and files. */
  readonly logMaxSize: number;
  readonly logMaxFiles: number;
  /** Log driver of containers that name none, and its options. */
  readonly logDriver: string;
  readonly logOptions: Readonly<Record<string, string>>;
  /** Where systemd's journal listens. */
  readonly journalSocket: string;
  /** The OCI runtimes that containers may name. */
  readonly runtimes: OciRuntimes;
  /** How long another runtime may take to start a container, in milliseconds. */
  readonly runtimePatience: number;
  /** IDs of containers that do not say otherwise; undefined when those are the host's. */
  readonly usernsRemap: IdMaps | undefined;
  /** Whose subordinate IDs `--userns auto` hands out. */
  readonly usernsAutoUser: string;
  /** Directories of CDI specifications; later ones win. */
  readonly cdiSpecDirs: readonly string[];
  /** PATH of the engine: where other runtimes find programs. */
  readonly search: string;
}
