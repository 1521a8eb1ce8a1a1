/** One run of a container's health check. Times are RFC 3339 with nanoseconds. */
export interface ProbeResult {
  readonly start: string;
  readonly end: string;
  /** 0 healthy, -1 when it could not be run or took too long. */
  readonly exitCode: number;
  /** The first 4096 bytes of both streams. */
  readonly output: string;
}

/** The health of a container that has a check, from its first start on. */
export interface HealthRecord {
  status: 'starting' | 'healthy' | 'unhealthy';
  failingStreak: number;
  /** The last five, oldest first. */
  log: ProbeResult[];
}

/** The health at a start; what earlier runs logged stays. */
export function startingHealth(before: HealthRecord | undefined): HealthRecord {
  return { status: 'starting', failingStreak: 0, log: before?.log ?? [] };
}
