import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventMessage } from '@wharf/spec';
import type { RequestContext } from '../backends/context.ts';
import { readHead, startServer } from '../test/harness.ts';

describe('events', () => {
  const event: EventMessage = {
    Type: 'container',
    Action: 'start',
    Actor: { ID: 'c1', Attributes: { image: 'busybox' } },
    scope: 'local',
    time: 1,
    timeNano: 1_000_000_000,
  };
  it('streams lines and ends when the backend ends', async () => {
    const events = async (options: { since?: bigint; until?: bigint }) => {
      assert.deepEqual([options.since, options.until], [1_500_000_000n, 2_000_000_001n]);
      return (async function* () {
        yield event;
        yield event;
      })();
    };
    await using api = await startServer({ system: { events } });
    const answer = await api.request('/v1.52/events?since=1.5&until=2.000000001');
    assert.deepEqual(
      answer.body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [event, event],
    );
    const old = await api.request('/v1.47/events?since=1.5&until=2.000000001');
    assert.equal(JSON.parse(old.body.split('\n')[0] ?? '').from, 'busybox');
  });
  it('goes on until the client leaves', async () => {
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    const events = async (_: unknown, { signal }: RequestContext) =>
      (async function* () {
        yield event;
        await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
        resolve();
      })();
    await using api = await startServer({ system: { events } });
    const socket = api.raw('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(await readHead(socket), /^HTTP\/1\.1 200/);
    socket.destroy();
    await stopped;
  });
  it('refuses bad times and filters', async () => {
    await using api = await startServer();
    for (const query of ['since=x', 'since=5&until=4', 'filters=%7B', 'filters=7']) {
      assert.equal((await api.request(`/events?${query}`)).status, 400, query);
    }
  });
});
