import type { Logger } from '@wharf/kit';
import type { CellRunner } from '@wharf/linux';
import type { KernelFeatures } from '@wharf/runtime';
import type { ImagePort } from '../containers/ports.ts';
import type { ContainerRecord } from '../containers/record.ts';
import type { RuntimeTable } from '../containers/runtime-table.ts';
import type { ContainerStore } from '../containers/store.ts';
import type { EventService } from '../events/event-service.ts';
import type { ContainerMounts } from '../mounts/container-mounts.ts';
import type { UsernsService } from '../userns/userns-service.ts';
import { ArchiveWorkers } from './archive-workers.ts';
import { mountedPlaces, viewMounts } from './bound-mounts.ts';
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
  readonly userns: Pick<UsernsService, 'idMapsOf'>;
  readonly mounts: Pick<ContainerMounts, 'look'>;
  readonly staging: string;
  readonly logger: Logger;
  /** The program of the copying threads. */
  readonly archiveWorkerUrl: URL;
  /** Directory of a container's own files. */
  directory(id: string): string;
  exclusive<T>(record: ContainerRecord, work: () => Promise<T>): Promise<T>;
}

/** Makes all parts of copying from and to containers. */
export function assembleCopies(foundations: CopyFoundations): { copies: Copies; service: CopyService } {
  const { mounts, logger } = foundations;
  const workers = new ArchiveWorkers({ workerUrl: foundations.archiveWorkerUrl, logger });
  const roots = new ContainerRoots({
    ...foundations,
    isThere: (record) => foundations.store.has(record),
    idsOf: (record) => foundations.userns.idMapsOf(record),
    withMounts: (record, ids, work) =>
      mounts.look(record, ids, (mounted) =>
        work(viewMounts(mounted, foundations.directory(record.id), ids !== undefined)),
      ),
    exclusive: (record, work) => foundations.exclusive(record, work),
  });
  const copies = new Copies(roots, workers, logger);
  return { copies, service: new CopyService({ ...foundations, copies, placesOf: mountedPlaces }) };
}
