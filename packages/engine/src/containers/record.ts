import type { Schema } from '@wharf/kit';
import type { IdMaps } from '@wharf/runtime';
import type { ContainerConfig, HostConfig, NetworkingConfig, WharfConfig } from '@wharf/spec';
import type { HealthRecord } from '../health/health-record.ts';
import type { MountRecord } from '../mounts/mount-record.ts';
import type { EndRecord, SentSignal } from '../why/end-record.ts';

export type ContainerStatus = 'created' | 'running' | 'restarting' | 'exited' | 'dead' | 'removing';

/** What changes in the life of a container. Times are RFC 3339 with nanoseconds. */
export interface ContainerStateRecord {
  status: ContainerStatus;
  /** Its processes are frozen; `status` is then `running`. */
  paused?: boolean;
  pid: number;
  exitCode: number;
  oomKilled: boolean;
  error: string;
  startedAt: string;
  finishedAt: string;
  /** Of a container that has a health check and was started. */
  health?: HealthRecord;
}

/** One container as it is kept in the database. */
export interface ContainerRecord {
  readonly id: string;
  /** Without the leading slash. */
  name: string;
  readonly created: string;
  /** Digest of the image's configuration. */
  readonly imageId: string;
  readonly platform: string;
  /** With the image's defaults merged in. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networkingConfig: NetworkingConfig;
  /** What Docker does not have, as it was asked for. */
  readonly wharf?: WharfConfig;
  /** IDs of its user namespace: its own for good, or, when the engine remaps, those of the current or last start. */
  idMaps?: IdMaps;
  /** What is mounted into it; absent in records of engines that knew no volumes. */
  mounts?: readonly MountRecord[];
  readonly path: string;
  readonly args: readonly string[];
  readonly state: ContainerStateRecord;
  restartCount: number;
  /** Milliseconds from the last end to the start by the restart policy. */
  restartDelay?: number;
  /** When the start that is under way, or that was the last, began. */
  startingAt?: string;
  /** What the engine sent to the first process of this run, oldest first. */
  sent?: readonly SentSignal[];
  /** How the last runs ended, oldest first. */
  ends?: readonly EndRecord[];
  /** stop or kill by a user: restart policies do not bring it back. */
  stoppedByUser: boolean;
  /** Sandbox of the current or last start; its directory is <execRoot>/s/<sandbox>. */
  sandbox: string;
}

export const ZERO_TIME = '0001-01-01T00:00:00Z';

export const containersSchema: Schema = {
  area: 'containers',
  steps: [
    `CREATE TABLE containers (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      record TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
};

/** The state as the API names it: that of a paused container is `paused`. */
export function shownStatus({ status, paused }: ContainerStateRecord): ContainerStatus | 'paused' {
  return status === 'running' && paused ? 'paused' : status;
}

/** The state of a container that was never started. */
export function freshState(): ContainerStateRecord {
  return {
    status: 'created',
    pid: 0,
    exitCode: 0,
    oomKilled: false,
    error: '',
    startedAt: ZERO_TIME,
    finishedAt: ZERO_TIME,
  };
}
