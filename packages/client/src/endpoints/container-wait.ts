import type { ContainerWaitResponse, WaitCondition } from '@wharf/spec';
import { parseJson, type Requester } from '../requester.ts';

const LIMIT = 1 << 20;

/**
 * POST /containers/{id}/wait. Resolves once the engine is watching, so that a start sent afterwards cannot be missed;
 * `result` then resolves with the exit status.
 */
export async function containerWait(
  engine: Requester,
  id: string,
  options: { readonly condition?: WaitCondition; readonly signal?: AbortSignal } = {},
): Promise<{ readonly result: Promise<ContainerWaitResponse> }> {
  const query = { condition: options.condition };
  const path = `/containers/${encodeURIComponent(id)}/wait`;
  const response = await engine.send('POST', path, { query, signal: options.signal });
  const result = response.body.bytes(LIMIT).then((bytes) => parseJson<ContainerWaitResponse>(bytes));
  // Whoever lost interest (a failed start, a detach) must not be hit by a late failure.
  result.catch(() => {});
  return { result };
}
