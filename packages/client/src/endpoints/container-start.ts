import type { ExplainStep } from '@wharf/spec';
import { parseJson, type Requester } from '../requester.ts';
import type { Explained } from './container-create.ts';

export interface ContainerStartOptions {
  readonly checkpoint?: string;
  readonly checkpointDir?: string;
  /** Is filled with what the engine did; only Wharf engines tell. */
  readonly explain?: ExplainStep[];
  readonly signal?: AbortSignal;
}

/** POST /containers/{id}/start; one that runs already is fine. */
export async function containerStart(
  engine: Requester,
  id: string,
  options: ContainerStartOptions = {},
): Promise<void> {
  const { checkpoint, checkpointDir, explain, signal } = options;
  const path = `/containers/${encodeURIComponent(id)}/start`;
  const query = { checkpoint, 'checkpoint-dir': checkpointDir };
  if (!explain) return engine.done('POST', path, { query, signal });
  const response = await engine.send('POST', path, { query: { ...query, 'wharf-explain': true }, signal });
  const text = (await response.body.bytes(MAX_ANSWER)).toString('utf8');
  if (text !== '') explain.push(...(parseJson<Explained>(Buffer.from(text)).Wharf?.Explain ?? []));
}

const MAX_ANSWER = 1 << 20;
