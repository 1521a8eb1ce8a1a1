import type { IdMaps } from '@wharf/runtime';
import type { OciIdMapping } from '@wharf/spec';
import type { OwnerMap, TarHandler } from '@wharf/tar';
import { hostIdOf } from '../userns/id-ranges.ts';

/** Whom the kernel shows where there is no ID. */
const NOBODY = 65_534;

function inside(maps: readonly OciIdMapping[], id: number): number {
  const found = maps.find(({ hostID, size }) => id >= hostID && id < hostID + size);
  return found ? found.containerID + id - found.hostID : NOBODY;
}

function outside(maps: readonly OciIdMapping[], id: number): number {
  return hostIdOf(maps, id) ?? hostIdOf(maps, NOBODY) ?? hostIdOf(maps, 0) ?? NOBODY;
}

/** Owners of files of a container in a user namespace, as it sees them itself: for archives that are read. */
export function idsInside({ uid, gid }: IdMaps): OwnerMap {
  return { uid: (id) => inside(uid, id), gid: (id) => inside(gid, id) };
}

/** The other way round: owners of the host for what an archive of the container's IDs has. */
export function idsOutside({ uid, gid }: IdMaps): OwnerMap {
  return { uid: (id) => outside(uid, id), gid: (id) => outside(gid, id) };
}

/** Changes who makes files (setfsuid(2)), for the thread that calls. */
export interface FileUser {
  fileUser(uid: number, gid: number): void;
}

/**
 * Writes an archive as the container's root: on the container's file system the host's root is nobody, and could make no
 * file. Between the steps the thread, which may serve other containers too, is itself again.
 */
export function asContainerRoot(handler: TarHandler, ids: IdMaps, libc: FileUser): TarHandler {
  const owners = idsOutside(ids);
  const within = (work: () => void) => {
    libc.fileUser(owners.uid(0), owners.gid(0));
    try {
      work();
    } finally {
      libc.fileUser(0, 0);
    }
  };
  return {
    entry: (entry) => within(() => handler.entry(entry)),
    data: (chunk) => within(() => handler.data(chunk)),
    entryEnd: () => within(() => handler.entryEnd()),
  };
}
