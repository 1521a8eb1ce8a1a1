import { constants } from 'node:os';
import { kill as sendSignal } from 'node:process';
import { errnoOf } from '@wharf/kit';
import { destroy } from '../container/destroy.ts';
import { ContainerCgroup } from '../container/machine.ts';
import { startContainer } from '../container/start.ts';
import { stateDocument, statusOf } from '../container/status.ts';
import { fail } from '../errors.ts';
import { parseFlags } from '../flags.ts';
import type { Command } from './command.ts';

/** `start ID`. */
export const start: Command = async (host, args) => {
  await startContainer(host, host.states.get(parseFlags(args, {}).id));
  return 0;
};

/** `state ID`: the document of the specification, with what callers of runc expect beside it. */
export const state: Command = async (host, args) => {
  const found = host.states.get(parseFlags(args, {}).id);
  const more = { rootfs: found.config.root.path, created: found.created, owner: '' };
  host.print(`${JSON.stringify({ ...stateDocument(found, statusOf(host.states, found)), ...more }, null, 2)}\n`);
  return 0;
};

/** A signal by number or name, with or without SIG. Throws OCI_USAGE. */
function signalNumber(text: string): number {
  const names: Readonly<Record<string, number>> = constants.signals;
  const name = text.toUpperCase().replace(/^(SIG)?/, 'SIG');
  const number = /^\d{1,2}$/.test(text) ? Number(text) : names[name];
  if (number === undefined || number < 1 || number > 64)
    throw fail('OCI_USAGE', `unknown signal ${JSON.stringify(text)}`);
  return number;
}

function signalProcess(pid: number, number: number): void {
  try {
    sendSignal(pid, number);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** `kill ID [SIGNAL]`. */
export const kill: Command = async (host, args) => {
  const flags = parseFlags(args, { all: 'flag' }, { a: 'all' });
  const found = host.states.get(flags.id);
  const number = signalNumber(flags.rest[1] ?? 'SIGTERM');
  const status = statusOf(host.states, found);
  const cgroup = new ContainerCgroup(found.config.linux.cgroupsPath);
  if (flags.has('all')) {
    for (const pid of cgroup.processes()) signalProcess(pid, number);
    return 0;
  }
  if (status === 'stopped' || status === 'creating') throw fail('OCI_WRONG_STATE', 'container not running');
  signalProcess(found.pid, number);
  // In version 1 what is frozen does not die.
  if (status === 'paused' && number === constants.signals.SIGKILL) cgroup.freeze(false);
  return 0;
};

/** `delete ID`: of a container that has ended; with --force of any, and of none. */
export const remove: Command = async (host, args) => {
  const flags = parseFlags(args, { force: 'flag' }, { f: 'force' });
  const found = host.states.find(flags.id);
  if (!found) {
    // What an interrupted create has left.
    host.states.forget(flags.id);
    if (flags.has('force')) return 0;
    throw fail('OCI_NO_CONTAINER', 'container does not exist');
  }
  const status = statusOf(host.states, found);
  if (!flags.has('force') && status !== 'stopped' && status !== 'created') {
    throw fail('OCI_WRONG_STATE', `cannot delete container ${found.id} that is not stopped: ${status}`);
  }
  await destroy(host, found);
  return 0;
};
