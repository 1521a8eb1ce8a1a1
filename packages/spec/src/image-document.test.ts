import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseImageDocument } from './image-document.ts';
import { MEDIA_TYPES } from './oci-image.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const config = { mediaType: MEDIA_TYPES.ociConfig, digest, size: 2 };
const layer = { mediaType: MEDIA_TYPES.ociLayerGzip, digest, size: 0 };
const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: [layer] };
const parse = (value: unknown, type: string = MEDIA_TYPES.ociManifest) =>
  parseImageDocument(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), type);

test('manifests and indexes are read whole, unknown fields included', () => {
  const read = parse({ ...manifest, 'org.example.more': { x: 1 }, subject: config, annotations: { a: 'b' } });
  assert.equal(read.kind, 'manifest');
  assert.deepEqual(read.kind === 'manifest' && read.manifest.layers, [layer]);
  const platform = { os: 'linux', architecture: 'amd64' };
  const index = { schemaVersion: 2, manifests: [{ ...config, mediaType: MEDIA_TYPES.ociManifest, platform }] };
  assert.equal(parse(index, MEDIA_TYPES.ociIndex).kind, 'index');
  assert.equal(parse({ ...manifest, layers: [] }).kind, 'manifest');
});

test('documents that break the specification are refused', () => {
  const bad: [unknown, RegExp][] = [
    ['{', /not valid JSON/],
    ['[]', /not a JSON object/],
    ['null', /not a JSON object/],
    [{ ...manifest, schemaVersion: 1 }, /schemaVersion/],
    [{ ...manifest, mediaType: MEDIA_TYPES.dockerManifest }, /mediaType is not/],
    [{ ...manifest, config: undefined }, /config is not a descriptor/],
    [{ ...manifest, config: { ...config, digest: 'sha256:../../x' } }, /config.digest/],
    [{ ...manifest, config: { ...config, size: -1 } }, /config.size/],
    [{ ...manifest, config: { ...config, size: 1e300 } }, /config.size/],
    [{ ...manifest, layers: {} }, /layers is not a list/],
    [{ ...manifest, layers: [{ ...layer, mediaType: 'x' }] }, /layers\[0\].mediaType/],
    [{ ...manifest, layers: [{ ...layer, urls: 'x' }] }, /layers\[0\].urls/],
    [{ ...manifest, layers: Array(5000).fill(layer) }, /more than 4096/],
    [{ ...manifest, annotations: { a: 1 } }, /annotations/],
    [{ ...manifest, subject: 'x' }, /subject is not a descriptor/],
    [{ ...manifest, manifests: [] }, /no manifests/],
    [`${'['.repeat(100_000)}`, /nested deeper/],
  ];
  for (const [value, message] of bad) {
    assert.throws(() => parse(value), { code: 'INVALID_IMAGE_DOCUMENT', message });
  }
  assert.throws(() => parse({ ...manifest, manifests: [], mediaType: undefined }, MEDIA_TYPES.ociIndex), /no config/);
  assert.throws(() => parse(manifest, 'application/json'), /unsupported manifest media type/);
  assert.throws(() => parse({ ...manifest, mediaType: undefined }, MEDIA_TYPES.dockerManifest), /mediaType is missing/);
});

test('brackets in strings do not count as nesting', () => {
  assert.equal(parse({ ...manifest, annotations: { a: `${'[{'.repeat(500)}\\"` } }).kind, 'manifest');
});
