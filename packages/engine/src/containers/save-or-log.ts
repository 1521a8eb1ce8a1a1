import { type Logger, messageOf } from '@wharf/kit';
import type { ContainerRecord } from './record.ts';
import type { ContainerStore } from './store.ts';

/** Writes a container's record down, where what happens next must happen on a full disk too. */
export function saveOrLog(
  { store, logger }: { readonly store: Pick<ContainerStore, 'save'>; readonly logger: Logger },
  record: ContainerRecord,
): void {
  try {
    store.save(record);
  } catch (error) {
    logger.error('cannot record the state of a container', { container: record.id, error: messageOf(error) });
  }
}
