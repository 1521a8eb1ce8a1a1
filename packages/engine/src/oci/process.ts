import { CAPABILITY_NAMES, capabilitiesOf, capabilityMask, combineCapabilities } from '@wharf/linux';
import type { ContainerConfig, HostConfig, OciCapabilities, OciProcess, OciRlimit } from '@wharf/spec';
import { DEFAULT_PATH } from './defaults.ts';
import type { ResolvedUser } from './user.ts';

/** The environment of the first process: Docker's own variables first, then image and user, HOME if nobody set it. */
export function buildEnvironment(config: ContainerConfig, hostname: string, home: string): string[] {
  const own = [`PATH=${DEFAULT_PATH}`, `HOSTNAME=${hostname}`, ...(config.Tty ? ['TERM=xterm'] : [])];
  const values = new Map<string, string>();
  for (const entry of [...own, ...(config.Env ?? [])]) {
    const at = entry.indexOf('=');
    // A bare NAME unsets; a value replaces the one before it in its place.
    if (at < 0) values.delete(entry);
    else values.set(entry.slice(0, at), entry);
  }
  if (!values.has('HOME')) values.set('HOME', `HOME=${home}`);
  return [...values.values()];
}

/**
 * Capabilities of the container, of those that this machine has to give (`available`); a process that is not root
 * starts with none effective (as execve would leave it).
 */
export function buildCapabilities(hostConfig: HostConfig, uid: number, available: bigint): OciCapabilities {
  const names = hostConfig.Privileged
    ? [...CAPABILITY_NAMES]
    : combineCapabilities({ add: hostConfig.CapAdd ?? [], drop: hostConfig.CapDrop ?? [] });
  const held = capabilitiesOf(capabilityMask(names) & available);
  const effective = uid === 0 ? held : [];
  return { bounding: held, effective, permitted: effective, inheritable: [], ambient: [] };
}

function buildRlimits(hostConfig: HostConfig): OciRlimit[] {
  return (hostConfig.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({
    type: `RLIMIT_${String(Name).toUpperCase()}`,
    soft: Soft ?? -1,
    hard: Hard ?? -1,
  }));
}

/** Everything about the first process. */
export function buildProcess(input: {
  readonly path: string;
  readonly args: readonly string[];
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly hostname: string;
  readonly user: ResolvedUser;
  readonly noNewPrivileges: boolean;
  readonly available: bigint;
}): OciProcess {
  const { config, hostConfig, user } = input;
  const [height = 0, width = 0] = hostConfig.ConsoleSize ?? [];
  return {
    terminal: config.Tty ?? false,
    consoleSize: { height, width },
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    args: [input.path, ...input.args],
    env: buildEnvironment(config, input.hostname, user.home),
    cwd: config.WorkingDir || '/',
    capabilities: buildCapabilities(hostConfig, user.uid, input.available),
    rlimits: buildRlimits(hostConfig),
    noNewPrivileges: input.noNewPrivileges,
    // Always written: the engine's own, which may be low, must not be the container's.
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
  };
}
