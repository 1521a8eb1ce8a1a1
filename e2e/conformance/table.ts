import { cgroups } from './areas/cgroups.ts';
import { namespaces } from './areas/namespaces.ts';
import { processes } from './areas/process.ts';
import { rootfs } from './areas/rootfs.ts';
import { security } from './areas/security.ts';
import type { Area } from './case.ts';

/** What containers have to be like, whichever runtime makes them. The verbs of runtimes are in lifecycle.ts and hooks.ts. */
export const AREAS: readonly Area[] = [rootfs, processes, security, namespaces, cgroups];
