import type { Requester } from '../requester.ts';

/** What an engine tells of itself before anything is negotiated. */
export interface Ping {
  readonly apiVersion: string;
  readonly osType: string;
  readonly experimental: boolean;
  readonly builderVersion: string;
}

/** HEAD /_ping. */
export async function systemPing(engine: Requester, options: { readonly signal?: AbortSignal } = {}): Promise<Ping> {
  const { headers } = await engine.send('HEAD', '/_ping', options, { unversioned: true });
  return {
    apiVersion: headers.get('api-version') ?? '',
    osType: headers.get('ostype') ?? '',
    experimental: headers.get('docker-experimental') === 'true',
    builderVersion: headers.get('builder-version') ?? '',
  };
}
