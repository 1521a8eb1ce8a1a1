import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostConfig } from '@wharf/spec';
import { startServer } from '../test/harness.ts';

describe('statistics', () => {
  const stats = async (_id: string, options: object) => ({
    async *[Symbol.asyncIterator]() {
      yield { name: JSON.stringify(options) };
    },
  });

  it('streams unless told not to; one reading only when it is no stream', async () => {
    await using api = await startServer({ containers: { stats } });
    const asked = async (path: string) => {
      const { value } = await api.json(path);
      return JSON.parse((value as { name: string }).name) as unknown;
    };
    assert.deepEqual(await asked('/containers/x/stats'), { stream: true, oneShot: false });
    assert.deepEqual(await asked('/containers/x/stats?stream=0'), { stream: false, oneShot: false });
    assert.deepEqual(await asked('/containers/x/stats?stream=false&one-shot=true'), { stream: false, oneShot: true });
    assert.deepEqual(await asked('/v1.40/containers/x/stats?one-shot=1'), { stream: true, oneShot: false });
    assert.equal((await api.json('/containers/x/stats?one-shot=1')).status, 400);
  });
});

describe('update', () => {
  it('checks types as create does and answers null for no warnings', async () => {
    const seen: HostConfig[] = [];
    const update = async (_id: string, changes: HostConfig) => {
      seen.push(changes);
      return [];
    };
    await using api = await startServer({ containers: { update } });
    const send = (body: object) => api.json('/containers/x/update', { method: 'POST', body });
    const good = await send({ Memory: 5, PidsLimit: null, RestartPolicy: { Name: 'always' }, unknown: 1 });
    assert.deepEqual([good.status, good.value], [200, { Warnings: null }]);
    assert.deepEqual(seen, [{ Memory: 5, RestartPolicy: { Name: 'always' } }]);
    assert.equal((await send({ Memory: 'much' })).status, 400);
  });
});

describe('top and changes', () => {
  it('asks ps for -ef by default; no changes are null', async () => {
    const top = async (_id: string, psArgs: string) => ({ Titles: [psArgs], Processes: [] });
    await using api = await startServer({ containers: { top, changes: async () => [] } });
    assert.deepEqual((await api.json('/containers/x/top')).value, { Titles: ['-ef'], Processes: [] });
    assert.deepEqual((await api.json('/containers/x/top?ps_args=aux')).value, { Titles: ['aux'], Processes: [] });
    assert.equal((await api.request('/containers/x/changes')).body, 'null\n');
  });
});
