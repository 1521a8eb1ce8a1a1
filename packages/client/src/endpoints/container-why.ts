import type { WharfWhy } from '@wharf/spec';
import type { Requester } from '../requester.ts';

export interface ContainerWhyOptions {
  /** Lines of the container's last output, 0 to 100. */
  readonly tail?: number;
}

function target(id: string, { tail = 5 }: ContainerWhyOptions) {
  return [`/containers/${encodeURIComponent(id)}/wharf-why`, { query: { 'wharf-tail': String(tail) } }] as const;
}

/** GET /containers/{id}/wharf-why: why a container is in the state that it is in. Only Wharf's engine knows. */
export function containerWhy(engine: Requester, id: string, options: ContainerWhyOptions = {}): Promise<WharfWhy> {
  return engine.json('GET', ...target(id, options));
}
