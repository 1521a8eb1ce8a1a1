import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Descriptor, Digest } from '@wharf/spec';
import { formatPlatform, selectManifest, wantedPlatform } from './platform.ts';
import { archive } from './testing/archives.ts';
import { ImageWorld } from './testing/image-world.ts';

const offer = (...platforms: string[]): Descriptor[] =>
  platforms.map((text, at) => {
    const [os = '', architecture = '', variant] = text.split('/');
    const digest: Digest = `sha256:${String(at).padStart(64, '0')}`;
    const platform = { os, architecture, ...(variant !== undefined && { variant }) };
    return { mediaType: 'x/y', size: 1, digest, ...(text !== '' && { platform }) };
  });
const choose = (wanted: string, ...platforms: string[]) => {
  const [os = '', architecture = '', variant] = wanted.split('/');
  const platform = { os, architecture, ...(variant !== undefined && { variant }) };
  const chosen = selectManifest(offer(...platforms), platform);
  return chosen && platforms[Number(chosen.digest.slice(7))];
};

test('the best of the compatible platforms is chosen', () => {
  assert.equal(choose('linux/amd64', 'linux/arm64', 'linux/386', 'linux/amd64'), 'linux/amd64');
  assert.equal(choose('linux/amd64', 'linux/arm64/v8', 'linux/386'), 'linux/386');
  assert.equal(choose('linux/amd64/v3', 'linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'), 'linux/amd64/v2');
  assert.equal(choose('linux/arm64', 'linux/arm/v7', 'linux/arm64/v8'), 'linux/arm64/v8');
  assert.equal(choose('linux/aarch64', 'linux/arm/v6', 'linux/arm/v7'), 'linux/arm/v7');
  assert.equal(choose('linux/arm/v6', 'linux/arm/v7', 'linux/arm/v5'), 'linux/arm/v5');
  assert.equal(choose('linux/amd64', 'windows/amd64', 'unknown/unknown'), undefined);
  assert.equal(choose('linux/amd64', '', 'linux/s390x'), '');
});

test('platforms print as Docker prints them', () => {
  assert.equal(formatPlatform({ os: 'linux', architecture: 'arm64', variant: 'v8' }), 'linux/arm64');
  assert.equal(formatPlatform({ os: 'Linux', architecture: 'armhf' }), 'linux/arm/v7');
  const host = { os: 'linux', architecture: 'amd64' };
  assert.deepEqual(wantedPlatform({ os: 'linux' }, host), host);
  assert.deepEqual(wantedPlatform({ architecture: 'arm' }, host), { os: 'linux', architecture: 'arm' });
});

test('an index gives the image of the platform, and says when there is none', async () => {
  await using world = new ImageWorld();
  const layers = [{ tar: archive({ name: 'f' }) }];
  const amd = world.registry.putImage([], { layers });
  const arm = world.registry.putImage([], { layers, platform: { architecture: 'arm64', variant: 'v8' } });
  const index = world.registry.putIndex(
    ['library/a:latest'],
    [
      { digest: arm.manifest, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      { digest: amd.manifest, platform: { os: 'linux', architecture: 'amd64' } },
    ],
  );
  const events = await world.pull('a');
  assert.equal(events.at(-2)?.status, `Digest: ${index}`);
  assert.equal(world.images.get('a').id, amd.config);
  assert.deepEqual(world.images.get('a').repoDigests, [`a@${index}`]);
  assert.equal(world.images.get('a').manifest, amd.manifest);
  await world.pull(`a@${index}`);
  await world.pull('a', { platform: { os: 'linux', architecture: 'arm64' } });
  assert.equal(world.images.get('a').id, arm.config);
  await assert.rejects(world.pull('a', { platform: { os: 'linux', architecture: 'riscv64' } }), {
    message: 'no matching manifest for linux/riscv64 in the manifest list entries',
    kind: 'not_found',
  });
});

test('an image without a choice is taken as it is, unless another platform was asked for', async () => {
  await using world = new ImageWorld();
  world.registry.putImage(['library/a:latest'], { layers: [], platform: { architecture: 'arm64' } });
  await world.pull('a');
  await assert.rejects(world.pull('a', { platform: { os: 'linux', architecture: 'amd64' } }), {
    message:
      'image with reference a:latest was found but does not match the specified platform: wanted linux/amd64, actual: linux/arm64',
  });
});
