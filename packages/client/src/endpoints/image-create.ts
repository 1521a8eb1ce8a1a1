import type { ProgressMessage } from '@wharf/spec';
import { readJsonLines } from '../json-lines.ts';
import type { Requester } from '../requester.ts';

export interface ImageCreateOptions {
  /** `docker.io/library/busybox` */
  readonly fromImage: string;
  /** A tag or a digest; empty means every tag. */
  readonly tag?: string;
  readonly platform?: string;
  /** Value of X-Registry-Auth: base64url JSON. */
  readonly registryAuth?: string;
  readonly signal?: AbortSignal;
}

/** POST /images/create: pulls; resolves with the progress messages, which end when the pull ends. */
export async function imageCreate(
  engine: Requester,
  { fromImage, tag, platform, registryAuth, signal }: ImageCreateOptions,
): Promise<AsyncIterable<ProgressMessage>> {
  const headers: Record<string, string> = registryAuth === undefined ? {} : { 'X-Registry-Auth': registryAuth };
  const query = { fromImage, tag, platform };
  const response = await engine.send('POST', '/images/create', { query, headers, signal });
  return readJsonLines<ProgressMessage>(response.body);
}
