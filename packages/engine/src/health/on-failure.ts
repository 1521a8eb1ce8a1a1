import type { ContainerRecord } from '../containers/record.ts';
import type { StopRequest } from '../containers/stopper.ts';

/** The verbs that an unhealthy container may get. */
export interface FailureActions {
  kill(record: ContainerRecord, signal: string, by: 'health'): Promise<void>;
  stop(record: ContainerRecord, request: StopRequest): Promise<void>;
  restart(record: ContainerRecord, request: StopRequest): Promise<void>;
}

/**
 * What --health-on-failure says: `kill` leaves it to the restart policy whether the container comes back, `stop` does not,
 * `restart` starts it again whatever the policy is.
 */
export async function actOnFailure(record: ContainerRecord, actions: FailureActions): Promise<void> {
  const action = record.wharf?.HealthOnFailure ?? 'none';
  if (action === 'kill') await actions.kill(record, 'SIGKILL', 'health');
  if (action === 'stop') await actions.stop(record, { by: 'health' });
  if (action === 'restart') await actions.restart(record, { by: 'health' });
}
