import { createHash } from 'node:crypto';
import type { Digest } from '@wharf/spec';

/** IDs of stacks of layers, bottom first (OCI image-spec, config, "Layer ChainID"). */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    const hash = () => createHash('sha256').update(`${below} ${diffId}`).digest('hex');
    chain.push(below === undefined ? diffId : `sha256:${hash()}`);
  }
  return chain;
}
