import type { ContainerRecord } from '../containers/record.ts';
import { parseSignal } from '../containers/signals.ts';
import type { Subject } from './verdict.ts';

const DEFAULT_STOP_SECONDS = 10;

/** What of a container's record its ends are explained by. */
export function subjectOf({ name, config, hostConfig, wharf, path, args }: ContainerRecord): Subject {
  return {
    name,
    image: config.Image ?? '',
    command: [path, ...args],
    memory: hostConfig.Memory ?? 0,
    pidsLimit: hostConfig.PidsLimit ?? 0,
    stopSignal: parseSignal(config.StopSignal || 'SIGTERM'),
    stopTimeout: config.StopTimeout ?? DEFAULT_STOP_SECONDS,
    ownPids: !hostConfig.PidMode,
    init: hostConfig.Init ?? false,
    noInput: !config.OpenStdin && !config.Tty,
    lifetime: (wharf?.Timeout ?? 0) / 1e6,
    healthAction: wharf?.HealthOnFailure ?? 'none',
  };
}
