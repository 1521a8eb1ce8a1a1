import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@wharf/kit';
import type { Cell, CellRunner } from '@wharf/linux';
import {
  ContainerProcess,
  connectAttach,
  type ExecPlan,
  ForeignContainer,
  lowerExec,
  lowerExecListen,
  startError,
} from '@wharf/runtime';
import type { EngineConfig } from '../config.ts';
import type { ImagePort } from '../containers/ports.ts';
import type { ContainerRecord } from '../containers/record.ts';
import { RootfsView } from '../containers/rootfs-view.ts';
import type { RuntimeTable } from '../containers/runtime-table.ts';
import type { SeccompFilters } from '../containers/seccomp.ts';
import { fail } from '../errors.ts';
import { buildCapabilities } from '../oci/process.ts';
import { buildSecurity } from '../oci/security.ts';
import { resolveUser } from '../oci/user.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { groupOf } from './exec-killer.ts';
import { buildExecProcess } from './exec-process.ts';
import type { ExecRecord, ExecRequest } from './exec-record.ts';
import { execForeign } from './foreign-exec.ts';
import { type HeldNamespaces, holdNamespaces } from './held-namespaces.ts';

export interface ExecStarterOptions {
  readonly config: EngineConfig;
  readonly runner: CellRunner;
  readonly images: ImagePort;
  readonly table: RuntimeTable;
  readonly cgroups: MachineCgroups;
  readonly seccomp: SeccompFilters;
  /** Mask of the capabilities that the engine itself may hand on. */
  readonly available: bigint;
}

/** The name of the file in which a started command is written down, for an engine that comes after this one. */
export const EXEC_FILE = 'exec.json';

/** How often, and with which pause in milliseconds, it is looked whether a container has ended. */
const END_LOOKS = 30;
const END_LOOK = 10;

/** Starts further commands in running containers, each with a cell of its own. */
export class ExecStarter {
  readonly #options: ExecStarterOptions;

  constructor(options: ExecStarterOptions) {
    this.#options = options;
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
  }

  /** Parent of the directories of the commands that run. */
  get root(): string {
    return join(this.#options.config.execRoot, 'e');
  }

  directory(id: string): string {
    return join(this.root, id);
  }

  /** Removes the directory of a command that ended. */
  removeFiles(id: string): Promise<void> {
    return rm(this.directory(id), { recursive: true, force: true });
  }

  /**
   * Starts the command; the stream, unless it is detached, misses nothing of its output. Throws NOT_RUNNING,
   * NO_SUCH_USER, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, START_FAILED; then nothing is left.
   */
  async start(
    container: ContainerRecord,
    exec: ExecRecord,
    request: ExecRequest,
    detach: boolean,
  ): Promise<{ process: ContainerProcess; stream: Duplex | undefined }> {
    const held = this.#hold(container);
    const directory = this.directory(exec.id);
    let cell: Cell | undefined;
    let stream: Duplex | undefined;
    try {
      const foreign = ForeignContainer.find(join(this.#options.config.execRoot, 's', container.sandbox));
      const { cgroups } = this.#options;
      const group = request.group ?? groupOf(exec.id);
      // Where another runtime puts its processes is its own affair.
      const cgroup = foreign ? cgroups.plan(container.sandbox) : cgroups.inner(container.sandbox, group);
      const plan = { ...this.#plan(container, request, held, detach), cgroup };
      mkdirSync(directory, { mode: 0o700 });
      writeFileSync(
        join(directory, EXEC_FILE),
        JSON.stringify({ container: container.id, request, leashed: exec.leashed }),
        { mode: 0o600 },
      );
      cell = await this.#options.runner.spawn(directory);
      await cell.perform(lowerExecListen(directory));
      if (!detach) {
        const { attachStdin: stdin, attachStdout: stdout, attachStderr: stderr } = request;
        stream = await connectAttach(directory, { stdin, stdout: stdout || request.tty, stderr });
      }
      if (foreign) {
        const settings = { patience: this.#options.config.runtimePatience, hidden: this.#options.cgroups.beside };
        return { process: await execForeign(foreign, cell, directory, plan, settings), stream };
      }
      await cell.perform(lowerExec(plan)).catch((error: unknown) => {
        throw startError(error, 'exec');
      });
      return { process: ContainerProcess.adopt(cell, directory), stream };
    } catch (error) {
      stream?.destroy();
      cell?.close();
      await cell?.gone;
      await this.removeFiles(exec.id);
      // The container may have ended on the way; what failed then tells nothing.
      if (await this.#staysUp(container, error)) throw error;
      throw notRunning(container);
    } finally {
      held.close();
    }
  }

  /**
   * A child that was killed may be the first that is heard of the end of its container; so may a process ID namespace
   * that takes nobody any more, which is told as a lack of memory (clone(2)).
   */
  async #staysUp({ id }: ContainerRecord, error: unknown): Promise<boolean> {
    const looks = /child Killed|clone3: cannot allocate memory/.test(messageOf(error)) ? END_LOOKS : 1;
    for (let look = 1; this.#options.table.process(id) !== undefined; look += 1) {
      if (look >= looks) return true;
      await delay(END_LOOK);
    }
    return false;
  }

  #hold(container: ContainerRecord): HeldNamespaces {
    const pid = this.#options.table.process(container.id)?.pid;
    const held = pid === undefined ? undefined : holdNamespaces(pid, container.sandbox);
    if (!held) throw notRunning(container);
    return held;
  }

  #plan(
    container: ContainerRecord,
    request: ExecRequest,
    { namespaces }: HeldNamespaces,
    detach: boolean,
  ): Omit<ExecPlan, 'cgroup'> {
    const { images, seccomp, available } = this.#options;
    const { config, hostConfig } = container;
    const layers = images.layers(container.id);
    const view = new RootfsView([layers.upper, ...layers.lower]);
    const text = (path: string) => view.readFile(path)?.toString('utf8') ?? '';
    const files = { passwd: text('/etc/passwd'), group: text('/etc/group') };
    const user = resolveUser(request.user || (config.User ?? ''), hostConfig.GroupAdd ?? [], files);
    const security = buildSecurity(hostConfig);
    // A privileged command gets all capabilities, but stays under the container's filter.
    const { bounding } = buildCapabilities(hostConfig, 0, available);
    const { attachStdin, attachStdout, attachStderr } = request;
    return {
      process: buildExecProcess(container, request, {
        user,
        available,
        noNewPrivileges: security.noNewPrivileges,
      }),
      namespaces,
      filter: seccomp.filter(security.seccomp, bounding),
      input: attachStdin && !detach,
      output: (attachStdout || attachStderr) && !detach,
    };
  }
}

/** Docker's words for a container that cannot run a command because it does not run itself. */
export function notRunning({ id }: ContainerRecord): Error {
  return fail('NOT_RUNNING', `container ${id} is not running`);
}
