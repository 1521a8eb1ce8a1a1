import type { ContainerConfig } from '@wharf/spec';
import type { HealthRecord, ProbeResult } from './health-record.ts';

const MILLISECOND = 1e6;
/** What Docker takes for times that are not set, in milliseconds, and for the number of retries. */
const DEFAULT_INTERVAL = 30_000;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_START_INTERVAL = 5000;
const DEFAULT_RETRIES = 3;
const MOST_RESULTS = 5;

/** How a container's health is checked. Milliseconds. */
export interface HealthPlan {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

/** The plan of a merged configuration; undefined when nothing is checked (no command, NONE, or a word that is none of Docker's). */
export function healthPlan({ Healthcheck, Shell }: ContainerConfig): HealthPlan | undefined {
  const [kind, ...words] = Healthcheck?.Test ?? [];
  if (!Healthcheck || (kind !== 'CMD' && kind !== 'CMD-SHELL')) return undefined;
  const shell = Shell?.length ? Shell : ['/bin/sh', '-c'];
  const time = (nanos: number | undefined, otherwise: number) => (nanos ? nanos / MILLISECOND : otherwise);
  return {
    command: kind === 'CMD' ? words : [...shell, ...words],
    interval: time(Healthcheck.Interval, DEFAULT_INTERVAL),
    timeout: time(Healthcheck.Timeout, DEFAULT_TIMEOUT),
    startPeriod: time(Healthcheck.StartPeriod, 0),
    startInterval: time(Healthcheck.StartInterval, DEFAULT_START_INTERVAL),
    retries: Healthcheck.Retries || DEFAULT_RETRIES,
  };
}

/** Milliseconds until the next check, `sinceStart` milliseconds after the container's start. */
export function nextDelay(plan: HealthPlan, status: HealthRecord['status'], sinceStart: number): number {
  return status === 'starting' && sinceStart < plan.startPeriod ? plan.startInterval : plan.interval;
}

/**
 * The health after one more check, which began `sinceStart` milliseconds after the container's start. A failure within
 * the start period of a container that was never healthy is logged and does not count.
 */
export function judge(
  plan: HealthPlan,
  { status, failingStreak, log }: HealthRecord,
  result: ProbeResult,
  sinceStart: number,
): HealthRecord {
  const results = [...log, result].slice(-MOST_RESULTS);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log: results };
  if (status === 'starting' && sinceStart < plan.startPeriod) return { status, failingStreak, log: results };
  const streak = failingStreak + 1;
  return { status: streak >= plan.retries ? 'unhealthy' : status, failingStreak: streak, log: results };
}
