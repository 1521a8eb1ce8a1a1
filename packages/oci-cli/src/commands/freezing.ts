import { setTimeout as delay } from 'node:timers/promises';
import { ContainerCgroup } from '../container/machine.ts';
import { statusOf } from '../container/status.ts';
import { fail } from '../errors.ts';
import { parseFlags } from '../flags.ts';
import type { Command } from './command.ts';

const LOOKS = 500;

/** `pause ID`: returns when all processes stand still. */
export const pause: Command = async (host, args) => {
  const found = host.states.get(parseFlags(args, {}).id);
  const status = statusOf(host.states, found);
  if (status !== 'running' && status !== 'created') {
    throw fail('OCI_WRONG_STATE', `container not running or created: ${status}`);
  }
  const cgroup = new ContainerCgroup(found.config.linux.cgroupsPath);
  cgroup.freeze(true);
  for (let look = 0; cgroup.freezer() !== 'frozen'; look += 1) {
    if (look === LOOKS) {
      cgroup.freeze(false);
      throw fail('OCI_WRONG_STATE', 'the processes of the container cannot be frozen');
    }
    await delay(10);
  }
  return 0;
};

/** `resume ID`. */
export const resume: Command = async (host, args) => {
  const found = host.states.get(parseFlags(args, {}).id);
  if (statusOf(host.states, found) !== 'paused') throw fail('OCI_WRONG_STATE', 'container not paused');
  new ContainerCgroup(found.config.linux.cgroupsPath).freeze(false);
  return 0;
};
