import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, writeFileAtomic } from '@wharf/kit';
import { lowerExec, lowerExecListen, namespaceFiles } from '@wharf/runtime';
import type { OciNamespaceType, OciProcess } from '@wharf/spec';
import { fail } from '../errors.ts';
import { withAppArmor } from './apparmor.ts';
import type { ContainerState } from './container-store.ts';
import { stayUntilEnd, type Terminal } from './foreground.ts';
import { HeldProcess } from './held-process.ts';
import type { Host } from './host.ts';
import { ContainerCgroup, compileFilter } from './machine.ts';
import { runs } from './process-identity.ts';
import { statusOf } from './status.ts';

/** The namespaces of a container, held open. Throws OCI_WRONG_STATE when it has ended. */
function hold({ pid, start, config }: ContainerState) {
  const held: { readonly type: OciNamespaceType; readonly fd: number }[] = [];
  const close = () => {
    for (const { fd } of held.splice(0)) closeSync(fd);
  };
  try {
    const own = config.linux.namespaces.some(({ type }) => type === 'user');
    for (const [type, file] of namespaceFiles(own)) held.push({ type, fd: openSync(`/proc/${pid}/ns/${file}`, 'r') });
    // The ID may be another's by now.
    if (!runs(pid, start)) throw fail('OCI_WRONG_STATE', 'cannot exec in a stopped container');
  } catch (error) {
    close();
    if (!['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '')) throw error;
    throw fail('OCI_WRONG_STATE', 'cannot exec in a stopped container', { cause: error });
  }
  return { namespaces: held.map(({ type, fd }) => ({ type, path: `/proc/${process.pid}/fd/${fd}` })), close };
}

/** What `exec` is told beside the process. */
export interface ExecOptions {
  readonly detach: boolean;
  readonly consoleSocket: string | undefined;
  readonly pidFile: string | undefined;
  /** Profile in place of the container's. */
  readonly apparmor: string | undefined;
}

/** Runs a further process in a container: its exit code, or 0 at once when detached. Throws OCI_WRONG_STATE, OCI_START. */
export async function execIn(
  host: Host,
  state: ContainerState,
  wanted: OciProcess,
  options: ExecOptions,
  terminal: Terminal,
): Promise<number> {
  const status = statusOf(host.states, state);
  if (status === 'stopped') throw fail('OCI_WRONG_STATE', 'cannot exec in a stopped container');
  if (status === 'paused') throw fail('OCI_WRONG_STATE', 'cannot exec in a paused container');
  const monitor = !options.detach && options.consoleSocket === undefined;
  if (wanted.terminal && options.detach && options.consoleSocket === undefined) {
    throw fail('OCI_USAGE', 'cannot allocate tty if the runtime will detach without setting console socket');
  }
  const directory = join(host.states.directory(state.id), `exec-${randomBytes(8).toString('hex')}`);
  const namespaces = hold(state);
  mkdirSync(directory, { mode: 0o700 });
  let held: HeldProcess | undefined;
  try {
    const console = options.consoleSocket === undefined ? {} : { console: options.consoleSocket };
    held = await HeldProcess.prepare(host, directory, 'gate', { monitor, ...console });
    await enter(held, directory, state, wanted, namespaces.namespaces, options.apparmor ?? state.apparmor);
    if (options.pidFile !== undefined) writeFileAtomic(options.pidFile, String(held.pid), 0o644);
    await held.settle();
    const process = held;
    if (!monitor) {
      process.open();
      return 0;
    }
    const go = async () => process.open();
    return await stayUntilEnd(process, terminal, { directory: wanted.terminal ? directory : undefined, go });
  } catch (error) {
    await held?.discard();
    throw error;
  } finally {
    namespaces.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function enter(
  held: HeldProcess,
  directory: string,
  state: ContainerState,
  process: OciProcess,
  namespaces: readonly { readonly type: OciNamespaceType; readonly path: string }[],
  apparmor: string | undefined,
): Promise<void> {
  const cgroup = new ContainerCgroup(state.config.linux.cgroupsPath).existing();
  await held.perform(lowerExecListen(directory));
  const program = lowerExec({
    process,
    namespaces,
    cgroup,
    filter: compileFilter(state.seccomp),
    output: true,
    input: true,
    held: held.held,
  });
  await held.perform(withAppArmor(program, apparmor));
}
