import { messageOf } from '@wharf/kit';
import { runHooks, runStartHooks } from '@wharf/runtime';
import { fail } from '../errors.ts';
import { withAppArmor } from './apparmor.ts';
import type { ContainerState } from './container-store.ts';
import { passGate } from './held-process.ts';
import type { Host } from './host.ts';
import { ContainerCgroup, compileFilter } from './machine.ts';
import { openGate, stateDocument, statusOf } from './status.ts';

async function startHooks(host: Host, state: ContainerState): Promise<void> {
  const { config, pid, seccomp, apparmor } = state;
  await runStartHooks(state.hooks, JSON.stringify(stateDocument(state, 'created')), {
    cell: await host.runner.sealedPath(),
    directory: host.states.directory(state.id),
    pid,
    user: config.linux.namespaces.some(({ type }) => type === 'user'),
    process: config.process,
    cgroup: new ContainerCgroup(config.linux.cgroupsPath).existing(),
    filter: compileFilter(seccomp),
    confine: (program) => withAppArmor(program, apparmor),
  });
}

/** Lets a created container's process go on. Throws OCI_WRONG_STATE, HOOK_FAILED. */
export async function startContainer(host: Host, state: ContainerState): Promise<void> {
  const status = statusOf(host.states, state);
  if (status === 'stopped') throw fail('OCI_WRONG_STATE', 'cannot start a container that has stopped');
  if (status !== 'created') throw fail('OCI_WRONG_STATE', 'cannot start an already running container');
  const { hooks, bundle } = state;
  if (hooks.startContainer.length > 0) await startHooks(host, state);
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
