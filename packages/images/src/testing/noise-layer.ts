import { gzipSync } from 'node:zlib';
import { MEDIA_TYPES } from '@wharf/spec';
import { archive } from './archives.ts';
import type { TestLayer } from './fake-registry.ts';

const noise = (size: number, seed: number) => {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at + 4 <= size; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes.writeInt32LE(state, at);
  }
  return bytes;
};
/** A compressed layer with one file of so many bytes that do not compress. */
export const layerOf = (name: string, size: number): TestLayer => {
  const tar = archive({ name: 'd/' }, { name: `d/${name}`, content: noise(size, size) });
  return { tar, blob: gzipSync(tar), mediaType: MEDIA_TYPES.ociLayerGzip };
};
