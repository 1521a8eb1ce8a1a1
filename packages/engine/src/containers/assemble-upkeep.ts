import type { Clock, Logger } from '@wharf/kit';
import type { EventService } from '../events/event-service.ts';
import type { ExecService } from '../execs/exec-service.ts';
import { HealthMonitor } from '../health/health-monitor.ts';
import { Lifetimes } from '../health/lifetimes.ts';
import { actOnFailure } from '../health/on-failure.ts';
import { ProbeRunner } from '../health/probe-runner.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { WhyService } from '../why/why-service.ts';
import type { ContainerService } from './container-service.ts';
import type { ContainerLifecycle } from './lifecycle.ts';
import type { ContainerStore } from './store.ts';

/** What the upkeep of containers stands on. */
export interface UpkeepFoundations {
  readonly store: ContainerStore;
  readonly events: EventService;
  readonly cgroups: MachineCgroups;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly execs: ExecService;
  readonly lifecycle: ContainerLifecycle;
  readonly service: ContainerService;
}

/** What looks after containers while they run, and tells of their ends. */
export interface Upkeep {
  readonly health: HealthMonitor;
  readonly lifetimes: Lifetimes;
  readonly why: WhyService;
}

/** How `why` asks for the last lines of a log. */
const LAST_LINES = { follow: false, stdout: true, stderr: true, timestamps: false, details: false } as const;

/** Makes health checks, lifetimes, and the answers to why. */
export function assembleUpkeep(foundations: UpkeepFoundations): Upkeep {
  const { lifecycle, service } = foundations;
  return {
    health: new HealthMonitor({
      ...foundations,
      runner: new ProbeRunner(foundations),
      onUnhealthy: (record) => actOnFailure(record, lifecycle),
    }),
    lifetimes: new Lifetimes({ ...foundations, onOver: (record) => lifecycle.stop(record, { by: 'timeout' }) }),
    why: new WhyService({
      ...foundations,
      lastLines: (id, tail, signal) => service.logs(id, { ...LAST_LINES, tail }, { signal }),
    }),
  };
}
