import { messageOf } from '@wharf/kit';
import { runHooks } from '@wharf/runtime';
import { fail } from '../errors.ts';
import type { ContainerState } from './container-store.ts';
import { passGate } from './held-process.ts';
import type { Host } from './host.ts';
import { openGate, stateDocument, statusOf } from './status.ts';

/** Lets a created container's process go on. Throws OCI_WRONG_STATE, HOOK_FAILED. */
export async function startContainer(host: Host, state: ContainerState): Promise<void> {
  const status = statusOf(host.states, state);
  if (status === 'stopped') throw fail('OCI_WRONG_STATE', 'cannot start a container that has stopped');
  if (status !== 'created') throw fail('OCI_WRONG_STATE', 'cannot start an already running container');
  const { hooks, pid, bundle } = state;
  const user = state.config.linux.namespaces.some(({ type }) => type === 'user');
  const inside = { pid, all: true, user };
  await runHooks(hooks, 'startContainer', JSON.stringify(stateDocument(state, 'created')), { cwd: '/', inside });
  const gate = host.states.gate(state.id);
  const fd = openGate(gate);
  if (fd === undefined) throw fail('OCI_WRONG_STATE', 'cannot start a container that has stopped');
  passGate(fd, gate);
  for (const hook of hooks.poststart) {
    try {
      const one = { ...hooks, poststart: [hook] };
      await runHooks(one, 'poststart', JSON.stringify(stateDocument(state, 'running')), { cwd: bundle });
    } catch (error) {
      host.warn(messageOf(error));
    }
  }
}
