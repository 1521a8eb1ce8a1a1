import type { Requester } from '../requester.ts';

export interface CommitOptions {
  readonly repo?: string;
  readonly tag?: string;
  readonly author?: string;
  readonly comment?: string;
  /** Freeze a running container meanwhile; default true. */
  readonly pause?: boolean;
  /** Instructions as a Dockerfile has them. */
  readonly changes?: readonly string[];
}

/** POST /commit: makes an image of a container; answers its ID. */
export async function containerCommit(
  engine: Requester,
  container: string,
  { pause = true, ...rest }: CommitOptions = {},
): Promise<{ readonly Id: string }> {
  const query = { container, ...rest, ...(pause ? {} : { pause: '0' }) };
  return await engine.json('POST', '/commit', { query });
}
