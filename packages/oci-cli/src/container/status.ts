import { closeSync, constants, openSync } from 'node:fs';
import { errnoOf } from '@wharf/kit';
import type { ContainerState, StateDirectory } from './container-store.ts';
import { ContainerCgroup } from './machine.ts';
import { runs } from './process-identity.ts';

export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** Opens the pipe at which a created container waits; undefined when nobody waits there. */
export function openGate(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENXIO', 'ENOENT'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

function waits(path: string): boolean {
  const gate = openGate(path);
  if (gate !== undefined) closeSync(gate);
  return gate !== undefined;
}

/** The state as the specification names it, found from the processes themselves. */
export function statusOf(states: StateDirectory, state: ContainerState): Status {
  if (state.pid === 0) return 'creating';
  if (!runs(state.pid, state.start)) return 'stopped';
  if (waits(states.gate(state.id))) return 'created';
  return new ContainerCgroup(state.config.linux.cgroupsPath).freezer() === 'thawed' ? 'running' : 'paused';
}

/** The document of `state`, which hooks get on standard input too (runtime-spec, runtime.md, "State"). */
export function stateDocument(state: ContainerState, status: Status): Readonly<Record<string, unknown>> {
  const { ociVersion, id, pid, bundle, config } = state;
  return {
    ociVersion,
    id,
    pid: status === 'stopped' ? 0 : pid,
    status,
    bundle,
    ...(config.annotations ? { annotations: config.annotations } : {}),
  };
}
