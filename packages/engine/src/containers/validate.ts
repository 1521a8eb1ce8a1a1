import type { ContainerConfig, HostConfig, NetworkingConfig } from '@wharf/spec';
import { checkHealthcheck } from '../health/check-healthcheck.ts';
import { checkLogConfig } from '../logs/log-options.ts';
import { refuse, unsupported } from './refuse.ts';
import { parseSignal } from './signals.ts';
import { checkLimits, limitWarnings, type MachineLimits } from './validate-limits.ts';
import { checkNamespaces, checkNetwork, checkSysctls } from './validate-modes.ts';
import { checkMounts } from './validate-mounts.ts';

/** What this version cannot honour is refused by name, never dropped. */
function checkSupported(hostConfig: HostConfig, config: ContainerConfig): void {
  if (hostConfig.StorageOpt && Object.keys(hostConfig.StorageOpt).length > 0) {
    const unknown = Object.keys(hostConfig.StorageOpt).find((name) => name.toLowerCase() !== 'size');
    if (unknown !== undefined) refuse(`Unknown option ${unknown}`);
    unsupported("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  if (config.NetworkDisabled && hostConfig.NetworkMode !== 'none')
    unsupported('NetworkDisabled is not available: use network mode none');
}

/** Throws BAD_CONFIG in Docker's words. */
export function checkRestart(hostConfig: HostConfig): void {
  const { Name = '', MaximumRetryCount = 0 } = hostConfig.RestartPolicy ?? {};
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(Name)) {
    refuse(
      `invalid restart policy: unknown policy '${Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (MaximumRetryCount !== 0 && Name !== 'on-failure') {
    refuse(`invalid restart policy: maximum retry count can only be used with 'on-failure'`);
  }
  if (MaximumRetryCount < 0) refuse('invalid restart policy: maximum retry count cannot be negative');
  if (hostConfig.AutoRemove && Name !== '' && Name !== 'no') {
    refuse("can't create 'AutoRemove' container with restart policy");
  }
}

/** Everything that a create request says. */
export interface Checked {
  /** The configuration with the image's part. */
  readonly config: ContainerConfig;
  /** The configuration as the client sent it. */
  readonly asked: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networking: NetworkingConfig;
}

/** Checks a merged configuration. Throws BAD_CONFIG or NOT_SUPPORTED; returns the warnings for the client. */
export function validateConfig({ config, asked, hostConfig, networking }: Checked, machine: MachineLimits): string[] {
  checkLimits(hostConfig, machine);
  checkNamespaces(hostConfig, asked);
  const warnings = [...limitWarnings(hostConfig), ...checkNetwork(hostConfig, asked, networking)];
  checkSysctls(hostConfig);
  checkSupported(hostConfig, config);
  checkMounts(hostConfig);
  checkRestart(hostConfig);
  checkHealthcheck(config.Healthcheck);
  checkLogConfig(hostConfig.LogConfig?.Type || 'json-file', hostConfig.LogConfig?.Config ?? {});
  if (config.WorkingDir && !config.WorkingDir.startsWith('/')) {
    refuse(`the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`);
  }
  if (config.StopSignal) parseSignal(config.StopSignal);
  return warnings;
}
