import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OciMount } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import { cleanPath } from '../mounts/bind-spec.ts';
import { mountsOf } from '../mounts/mounts-of.ts';
import type { MountedPlace } from './copy-service.ts';

const depth = ({ destination }: { readonly destination: string }) => destination.split('/').filter(Boolean).length;

/**
 * What is in the root of a container that does not run, for a look at its files, outermost first: what its user has
 * `mounted`, and the files below /etc that the engine keeps in `directory`. `mapped`: it is in a user namespace.
 */
export function viewMounts(mounted: readonly OciMount[], directory: string, mapped: boolean): OciMount[] {
  const files = ['hosts', 'hostname', 'resolv.conf'].map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: join(directory, name),
    options: ['bind', 'rprivate', ...(mapped ? ['idmap'] : [])],
  }));
  return [...files.filter(({ source }) => existsSync(source)), ...mounted].toSorted(
    (one, other) => depth(one) - depth(other),
  );
}

/** The places of a container on which its user has something mounted. */
export function mountedPlaces(record: ContainerRecord): MountedPlace[] {
  const mounts = mountsOf(record).map(({ destination, rw }) => ({ destination, readonly: !rw }));
  const tmpfs = Object.entries(record.hostConfig.Tmpfs ?? {}).map(([destination, options]) => ({
    destination: cleanPath(destination),
    readonly: options.split(',').includes('ro'),
  }));
  return [...mounts, ...tmpfs];
}
