import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageRecord } from '@wharf/images';
import { sumLayers } from './shared-sizes.ts';

const layer = (diffId: string, size: number) => ({ diffId, size, dir: `/${diffId}` });
const image = (id: string, ...layers: readonly object[]) => ({ id, layers }) as unknown as ImageRecord;

test('a layer counts once in all, and as shared for every image that has it', () => {
  const base = layer('base', 100);
  const sums = sumLayers([image('a', base, layer('x', 7)), image('b', base, layer('y', 3)), image('c', layer('z', 1))]);
  assert.equal(sums.total, 111);
  assert.deepEqual(Object.fromEntries(sums.shared), { a: 100, b: 100, c: 0 });
});

test('an image with the same layer twice does not share it with itself', () => {
  const sums = sumLayers([image('a', layer('x', 5), layer('x', 5))]);
  assert.deepEqual([sums.total, sums.shared.get('a')], [5, 0]);
  assert.deepEqual(sumLayers([]).total, 0);
});
