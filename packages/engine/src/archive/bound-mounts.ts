import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OciMount } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import { cleanPath } from '../mounts/bind-spec.ts';
import { mountsOf } from '../mounts/mounts-of.ts';
import { ociMount } from '../mounts/oci-mounts.ts';
import type { MountedPlace } from './copy-service.ts';

const depth = ({ destination }: { readonly destination: string }) => destination.split('/').filter(Boolean).length;

/**
 * What is bound into a container that does not run, for a look at its files: binds and volumes, as far as their sources
 * are there, and the files below /etc that the engine keeps in `directory`. No tmpfs: there is nothing in it.
 */
export function boundMounts(record: ContainerRecord, directory: string): OciMount[] {
  const files = ['hosts', 'hostname', 'resolv.conf'].map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: join(directory, name),
    options: ['bind', 'rprivate'],
  }));
  const given = mountsOf(record)
    .filter(({ type, source }) => (type === 'bind' || type === 'volume') && source !== '' && existsSync(source))
    .map((mount) => ociMount(mount, { layers: [], empty: '', mapIds: false }));
  return [...files.filter(({ source }) => existsSync(source)), ...given].toSorted(
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
