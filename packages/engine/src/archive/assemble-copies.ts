import type { CellRunner } from '@wharf/linux';
import type { KernelFeatures } from '@wharf/runtime';
import type { ImagePort } from '../containers/ports.ts';
import type { ContainerRecord } from '../containers/record.ts';
import type { RuntimeTable } from '../containers/runtime-table.ts';
import type { ContainerStore } from '../containers/store.ts';
import type { EventService } from '../events/event-service.ts';
import { ArchiveWorkers } from './archive-workers.ts';
import { boundMounts, mountedPlaces } from './bound-mounts.ts';
import { ContainerRoots } from './container-roots.ts';
import { Copies } from './copies.ts';
import { CopyService } from './copy-service.ts';

export interface CopyFoundations {
  readonly store: ContainerStore;
  readonly images: ImagePort;
  readonly runner: CellRunner;
  readonly table: RuntimeTable;
  readonly events: EventService;
  readonly features: KernelFeatures;
  readonly staging: string;
  /** The program of the copying threads. */
  readonly archiveWorkerUrl: URL;
  /** Directory of a container's own files. */
  directory(id: string): string;
  exclusive<T>(record: ContainerRecord, work: () => Promise<T>): Promise<T>;
}

/** Makes all parts of copying from and to containers. */
export function assembleCopies(foundations: CopyFoundations): { copies: Copies; service: CopyService } {
  const workers = new ArchiveWorkers({ workerUrl: foundations.archiveWorkerUrl });
  const roots = new ContainerRoots({
    ...foundations,
    mountsOf: (record) => boundMounts(record, foundations.directory(record.id)),
    exclusive: (record, work) => foundations.exclusive(record, work),
  });
  const copies = new Copies(roots, workers);
  return { copies, service: new CopyService({ ...foundations, copies, placesOf: mountedPlaces }) };
}
