import type { ContainerConfig, WharfConfig } from '@wharf/spec';
import { refuse } from './refuse.ts';

const ACTIONS = ['none', 'kill', 'restart', 'stop'];
/** No clock of the engine counts further, in nanoseconds: a hundred years. */
const LONGEST = 100 * 365 * 86_400 * 1e9;

/** Checks what Docker does not have against itself and the merged configuration. Throws BAD_CONFIG. */
export function checkWharf(wharf: WharfConfig | undefined, config: ContainerConfig): void {
  const { HealthOnFailure = 'none', Timeout = 0 } = wharf ?? {};
  if (!ACTIONS.includes(HealthOnFailure)) {
    refuse(`invalid health-on-failure action '${HealthOnFailure}': must be one of ${ACTIONS.join(', ')}`);
  }
  if (HealthOnFailure !== 'none' && !hasHealthCheck(config)) {
    refuse(`health-on-failure=${HealthOnFailure} needs a health check: neither the image nor --health-cmd has one`);
  }
  if (Timeout < 0) refuse('timeout cannot be negative');
  if (Timeout > LONGEST) refuse('timeout cannot be longer than a hundred years');
}

/** Whether the merged configuration names a command that checks the health. */
export function hasHealthCheck({ Healthcheck }: ContainerConfig): boolean {
  const test = Healthcheck?.Test ?? [];
  return test.length > 0 && test[0] !== 'NONE';
}
