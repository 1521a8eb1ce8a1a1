import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Transfers } from './transfers.ts';

const nobody = () => {};
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test('work that was given up is cleaned up before the same work begins again', async () => {
  const transfers = new Transfers<string>();
  const steps: string[] = [];
  let cleanUp = nobody;
  const cleaned = new Promise<void>((resolve) => {
    cleanUp = resolve;
  });
  const first = new AbortController();
  const given = transfers.join('layer', first.signal, nobody, async () => {
    steps.push('first begins');
    await cleaned;
    steps.push('first is clean');
    return 'first';
  });
  const refused = assert.rejects(given, { code: 'PULL_CANCELLED' });
  await soon();
  first.abort();
  await soon();
  const second = new AbortController();
  const again = transfers.join('layer', second.signal, nobody, async () => {
    steps.push('second begins');
    return 'second';
  });
  await soon();
  assert.deepEqual(steps, ['first begins']);
  cleanUp();
  await refused;
  assert.equal(await again, 'second');
  assert.deepEqual(steps, ['first begins', 'first is clean', 'second begins']);
});

test('work that nobody wants any more before its turn never begins', async () => {
  const transfers = new Transfers<string>();
  const gone = AbortSignal.abort();
  const work = async () => assert.fail('begun');
  await assert.rejects(transfers.join('layer', gone, nobody, work), { code: 'PULL_CANCELLED' });
});
