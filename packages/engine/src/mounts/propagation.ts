import { realpathSync } from 'node:fs';
import { messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import { type MountEntry, mountOf } from '../volumes/mount-table.ts';
import type { MountRecord } from './mount-record.ts';

/**
 * Mounts can travel between a container and the host only where the source lies on a mount that is shared itself.
 * Throws BAD_PROPAGATION in Docker's words. `table` is read only when it is needed.
 */
export function checkPropagation({ source, propagation }: MountRecord, table: () => readonly MountEntry[]): void {
  const kind = /^r?(shared|slave)$/.exec(propagation)?.[1];
  if (kind === undefined) return;
  let path: string;
  try {
    path = realpathSync(source);
  } catch (cause) {
    throw fail('BAD_PROPAGATION', `cannot find path ${source}: ${messageOf(cause)}`, { cause });
  }
  const entry = mountOf(path, table());
  const tags = entry?.propagation.map((tag) => tag.split(':')[0]) ?? [];
  const where = `path ${source} is mounted on ${entry?.mountPoint ?? '/'} but it is not a`;
  if (kind === 'shared' && !tags.includes('shared')) throw fail('BAD_PROPAGATION', `${where} shared mount`);
  if (kind === 'slave' && !tags.includes('shared') && !tags.includes('master')) {
    throw fail('BAD_PROPAGATION', `${where} shared or slave mount`);
  }
}
