import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@wharf/kit';
import { runHooks } from '@wharf/runtime';
import { fail } from '../errors.ts';
import type { ContainerState } from './container-store.ts';
import type { Host } from './host.ts';
import { ContainerCgroup } from './machine.ts';
import { runs } from './process-identity.ts';
import { stateDocument } from './status.ts';

/** How long a killed process may take to be gone (milliseconds). */
const PATIENCE = 10_000;

/** Waits until the container's process runs no more. Throws OCI_WRONG_STATE after ten seconds. */
export async function awaitEnd({ pid, start }: ContainerState): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (let wait = 1; runs(pid, start); wait = Math.min(wait * 2, 100)) {
    if (performance.now() > deadline) throw fail('OCI_WRONG_STATE', 'container init still running');
    await delay(wait);
  }
}

/** Ends what is left of a container, takes its group and state away, and runs its last hooks; those may fail. */
export async function destroy(host: Host, state: ContainerState): Promise<void> {
  const cgroup = new ContainerCgroup(state.config.linux.cgroupsPath);
  await cgroup.kill();
  if (state.pid !== 0) await awaitEnd(state);
  await cgroup.remove();
  host.states.forget(state.id);
  const document = JSON.stringify(stateDocument(state, 'stopped'));
  for (const hook of state.hooks.poststop) {
    try {
      await runHooks({ ...state.hooks, poststop: [hook] }, 'poststop', document, { cwd: '/' });
    } catch (error) {
      host.warn(messageOf(error));
    }
  }
}
