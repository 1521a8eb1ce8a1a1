import type { OciProcess } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import { buildProcess } from '../oci/process.ts';
import type { ResolvedUser } from '../oci/user.ts';
import type { ExecRequest } from './exec-record.ts';

const nameOf = (entry: string): string => entry.split('=', 1)[0] ?? '';

/** The container's variables with those of the command over them; a bare name takes one away. */
export function mergeEnvironment(own: readonly string[], more: readonly string[]): string[] {
  const merged = new Map(own.map((entry) => [nameOf(entry), entry]));
  for (const entry of more) {
    if (entry.includes('=')) merged.set(nameOf(entry), entry);
    else merged.delete(entry);
  }
  return [...merged.values()];
}

/** A further process of a container: as its first one, but for what the request says. */
export function buildExecProcess(
  { id, config, hostConfig }: ContainerRecord,
  request: ExecRequest,
  facts: {
    readonly user: ResolvedUser;
    readonly noNewPrivileges: boolean;
    /** Mask of the capabilities that the engine itself may hand on. */
    readonly available: bigint;
  },
): OciProcess {
  const [path = '', ...args] = request.command;
  return buildProcess({
    ...facts,
    path,
    args,
    config: {
      ...config,
      Tty: request.tty,
      Env: mergeEnvironment(config.Env ?? [], request.env),
      WorkingDir: request.workingDir || config.WorkingDir || '/',
    },
    hostConfig: {
      ...hostConfig,
      Privileged: request.privileged || (hostConfig.Privileged ?? false),
      ConsoleSize: [...(request.consoleSize ?? [0, 0])],
    },
    hostname: config.Hostname || id.slice(0, 12),
  });
}
