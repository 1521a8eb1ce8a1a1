import type { ArchiveBackend } from './archive.ts';
import type { CommitBackend } from './commit.ts';
import type { ContainerBackend } from './container.ts';
import type { ExecBackend } from './exec.ts';
import type { ImageBackend } from './image.ts';
import type { NetworkBackend } from './network.ts';
import type { SystemBackend } from './system.ts';
import type { VolumeBackend } from './volume.ts';
import type { WhyBackend } from './why.ts';

/** Everything behind the HTTP server: one narrow interface per tag of the API. */
export interface Backends {
  readonly system: SystemBackend;
  readonly images: ImageBackend;
  readonly containers: ContainerBackend;
  readonly execs: ExecBackend;
  readonly archives: ArchiveBackend;
  readonly commits: CommitBackend;
  readonly networks: NetworkBackend;
  readonly volumes: VolumeBackend;
  readonly why: WhyBackend;
}
