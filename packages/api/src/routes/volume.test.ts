import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Volume } from '@wharf/spec';
import type { VolumeBackend, VolumeCreateOptions } from '../backends/volume.ts';
import { startServer } from '../test/harness.ts';

const VOLUME: Volume = { Name: 'v', Driver: 'local', Mountpoint: '/v', Labels: {}, Options: {}, Scope: 'local' };

describe('volumes', () => {
  it('lists, inspects, removes', async () => {
    const removed: unknown[] = [];
    const volumes: Partial<VolumeBackend> = {
      list: async (filters) => (filters.has('name') ? [VOLUME] : []),
      inspect: async () => VOLUME,
      remove: async (name, options) => void removed.push([name, options]),
    };
    await using api = await startServer({ volumes });
    assert.deepEqual((await api.json('/v1.55/volumes')).value, { Volumes: [], Warnings: null });
    const filters = encodeURIComponent('{"name":["v"]}');
    assert.deepEqual((await api.json(`/v1.55/volumes?filters=${filters}`)).value, {
      Volumes: [VOLUME],
      Warnings: null,
    });
    assert.deepEqual((await api.json('/volumes/v')).value, VOLUME);
    assert.equal((await api.request('/volumes/v?force=1', { method: 'DELETE' })).status, 204);
    assert.deepEqual(removed, [['v', { force: true }]]);
  });

  it('creates from a body whose members have their types', async () => {
    const seen: VolumeCreateOptions[] = [];
    const volumes: Partial<VolumeBackend> = {
      create: async (options) => {
        seen.push(options);
        return VOLUME;
      },
    };
    await using api = await startServer({ volumes });
    const make = (body: unknown) => api.json('/volumes/create', { method: 'POST', body });
    assert.equal((await make({ Name: 'v', DriverOpts: { type: 'tmpfs' }, Labels: null, Unknown: 1 })).status, 201);
    assert.deepEqual(seen, [{ name: 'v', driver: '', options: { type: 'tmpfs' }, labels: {} }]);
    for (const body of [{ Name: 1 }, { DriverOpts: { a: 1 } }, { Labels: ['a'] }, [], 'x']) {
      assert.equal((await make(body)).status, 400, JSON.stringify(body));
    }
  });

  it('prunes all volumes for clients from before names protected them', async () => {
    const seen: unknown[] = [];
    const volumes: Partial<VolumeBackend> = {
      prune: async (filters, { dryRun }) => {
        seen.push([Object.fromEntries(filters), dryRun]);
        return { VolumesDeleted: null, SpaceReclaimed: 0 };
      },
    };
    await using api = await startServer({ volumes });
    await api.request('/v1.41/volumes/prune', { method: 'POST' });
    await api.request('/v1.42/volumes/prune?wharf-dry-run=1', { method: 'POST' });
    assert.deepEqual(seen, [
      [{ all: ['true'] }, false],
      [{}, true],
    ]);
  });
});
