import { DEFAULT_DEVICES, type IdMaps } from '@wharf/runtime';
import type { OciConfig, OciMount, OciNamespace } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import { fitMounts, fitSysctls } from '../userns/fit.ts';
import { buildDevices, deviceNumbers } from './devices.ts';
import { type Bind, buildMounts } from './mounts.ts';
import { buildProcess } from './process.ts';
import { buildResources } from './resources.ts';
import type { SecurityChoice } from './security.ts';
import { buildSysctls } from './sysctls.ts';
import type { ResolvedUser } from './user.ts';

/** What a start knows beyond the container's own record. */
export interface StartFacts {
  readonly user: ResolvedUser;
  readonly security: SecurityChoice;
  readonly hostname: string;
  readonly cgroupsPath: string;
  readonly rootPath: string;
  /** Files of the engine that appear in the container (hosts, hostname, resolv.conf). */
  readonly engineFiles: readonly Bind[];
  /** What the user asked to have mounted, but `--tmpfs`. */
  readonly mounts: readonly OciMount[];
  readonly namespaces: readonly OciNamespace[];
  /** When there is a user namespace. */
  readonly idMaps?: IdMaps;
  /** Mask of the capabilities that the engine itself may hand on. */
  readonly available: bigint;
}

/** The OCI configuration of a container: the one description that every runtime gets. */
export function buildConfig(record: ContainerRecord, facts: StartFacts): OciConfig {
  const { config, hostConfig } = record;
  const devices = buildDevices(hostConfig);
  const known = new Set(devices.map(({ path }) => path));
  const ownUts = hostConfig.UTSMode !== 'host';
  return {
    ociVersion: '1.2.0',
    process: buildProcess({
      path: record.path,
      args: record.args,
      config,
      hostConfig,
      hostname: facts.hostname,
      user: facts.user,
      noNewPrivileges: facts.security.noNewPrivileges,
      available: facts.available,
    }),
    root: { path: facts.rootPath, readonly: hostConfig.ReadonlyRootfs ?? false },
    ...(ownUts ? { hostname: facts.hostname } : {}),
    ...(ownUts && config.Domainname ? { domainname: config.Domainname } : {}),
    mounts: fitMounts(
      buildMounts(
        hostConfig,
        facts.engineFiles,
        facts.mounts,
        facts.namespaces.find(({ type }) => type === 'ipc')?.path,
      ),
      facts.idMaps,
    ),
    linux: {
      namespaces: facts.namespaces,
      ...(facts.idMaps ? { uidMappings: facts.idMaps.uid, gidMappings: facts.idMaps.gid } : {}),
      cgroupsPath: facts.cgroupsPath,
      resources: buildResources(hostConfig, devices, deviceNumbers),
      devices: [...DEFAULT_DEVICES.filter(({ path }) => !known.has(path)), ...devices],
      maskedPaths: facts.security.maskedPaths,
      readonlyPaths: facts.security.readonlyPaths,
      sysctl: fitSysctls(buildSysctls(hostConfig), facts.idMaps, hostConfig.Sysctls ?? {}),
    },
    ...(hostConfig.Annotations ? { annotations: hostConfig.Annotations } : {}),
  };
}
