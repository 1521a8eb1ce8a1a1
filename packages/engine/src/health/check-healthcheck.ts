import type { HealthConfig } from '@wharf/spec';
import { refuse } from '../containers/refuse.ts';

const MILLISECOND = 1e6;
const TIMES = ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const;

/** Checks the numbers of a health check. Throws BAD_CONFIG in Docker's words. */
export function checkHealthcheck(config: HealthConfig | undefined): void {
  for (const name of TIMES) {
    const value = config?.[name] ?? 0;
    if (value !== 0 && value < MILLISECOND) refuse(`${name} in Healthcheck cannot be less than 1ms`);
  }
  if ((config?.Retries ?? 0) < 0) refuse('Retries in Healthcheck cannot be negative');
}
