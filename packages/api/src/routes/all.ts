import type { Backends } from '../backends/index.ts';
import type { Route } from '../http/router.ts';
import { archiveRoutes } from './archive.ts';
import { authRoutes } from './auth.ts';
import { commitRoutes } from './commit.ts';
import { containerRoutes } from './container.ts';
import { containerIoRoutes } from './container-io.ts';
import { containerStateRoutes } from './container-state.ts';
import { diskUsageRoutes } from './disk-usage.ts';
import { execRoutes } from './exec.ts';
import { imageRoutes } from './image.ts';
import { networkRoutes } from './network.ts';
import { notOfferedRoutes } from './not-offered.ts';
import { systemRoutes } from './system.ts';
import { volumeRoutes } from './volume.ts';
import { whyRoutes } from './why.ts';

/** Every route of the Engine API; the first that matches serves. `cgroupVersion`: see ApiServerOptions. */
export function allRoutes(backends: Backends, cgroupVersion: 1 | 2): Route[] {
  return [
    ...systemRoutes(backends.system),
    ...authRoutes(backends.system),
    ...imageRoutes(backends.images),
    ...volumeRoutes(backends.volumes),
    ...containerIoRoutes(backends.containers),
    ...containerRoutes(backends.containers, { cgroupVersion }),
    ...containerStateRoutes(backends.containers),
    ...execRoutes(backends.execs),
    ...archiveRoutes(backends.archives),
    ...commitRoutes(backends.commits),
    ...networkRoutes(backends.networks),
    ...diskUsageRoutes(backends.system),
    ...whyRoutes(backends.why),
    ...notOfferedRoutes(),
  ];
}
