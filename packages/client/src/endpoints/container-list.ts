import type { ContainerSummary } from '@wharf/spec';
import type { Requester } from '../requester.ts';

export interface ContainerListOptions {
  readonly all?: boolean;
  readonly limit?: number;
  readonly size?: boolean;
  /** JSON as `formatFilters` of spec writes it. */
  readonly filters?: string;
}

/** GET /containers/json. */
export function containerList(engine: Requester, options: ContainerListOptions = {}): Promise<ContainerSummary[]> {
  return engine.json('GET', '/containers/json', { query: { ...options } });
}
