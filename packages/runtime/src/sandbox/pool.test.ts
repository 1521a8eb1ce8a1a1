import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@wharf/kit';
import { type SandboxFactory, SandboxPool } from './pool.ts';
import type { Sandbox } from './sandbox.ts';

interface Item {
  readonly number: number;
  alive: boolean;
}

/** A factory that counts; `fails` makes the next makings fail. */
class Workshop implements SandboxFactory<Item> {
  made = 0;
  fails = 0;
  unmakeFails = false;
  readonly items: Item[] = [];
  readonly unmade: number[] = [];

  async make(): Promise<Item> {
    await Promise.resolve();
    if (this.fails > 0) {
      this.fails--;
      throw new Error('no more namespaces');
    }
    const item = { number: ++this.made, alive: true };
    this.items.push(item);
    return item;
  }

  async unmake(item: Item): Promise<void> {
    await Promise.resolve();
    this.unmade.push(item.number);
    if (this.unmakeFails) throw new Error('busy');
  }

  sandboxOf(item: Item): Sandbox {
    return { cell: item } as unknown as Sandbox;
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.ok(holds(), 'did not come about');
}

/** A pool that is full, and the workshop it is filled from. Its refills are asked for by the test. */
async function full(size: number) {
  const workshop = new Workshop();
  const pool = new SandboxPool(workshop, { size, logger: silentLogger });
  pool.refillSoon(0);
  await until(() => workshop.made === size);
  return { workshop, pool };
}

test('parked sandboxes are handed out oldest first, and the pool fills up again', async () => {
  const { workshop, pool } = await full(2);
  assert.equal((await pool.take()).number, 1);
  assert.equal((await pool.take()).number, 2);
  assert.equal(workshop.made, 2, 'taking makes nobody wait');
  await until(() => workshop.made === 4);
  await pool.close();
  assert.deepEqual(workshop.unmade, [3, 4]);
});

test('an empty pool makes one at once', async () => {
  const workshop = new Workshop();
  const pool = new SandboxPool(workshop, { size: 0, logger: silentLogger });
  assert.equal((await pool.take()).number, 1);
  await pool.close();
  assert.deepEqual(workshop.unmade, []);
});

test('dead ones are torn down and passed over, even if that fails', async () => {
  const { workshop, pool } = await full(3);
  for (const item of workshop.items.slice(0, 2)) item.alive = false;
  workshop.unmakeFails = true;
  assert.equal((await pool.take()).number, 3);
  assert.deepEqual(workshop.unmade, [1, 2]);
  await pool.close();
});

test('what cannot be parked is tried again with the next start; who takes is told the reason', async () => {
  const { workshop, pool } = await full(1);
  workshop.fails = 2;
  assert.equal((await pool.take()).number, 1);
  await assert.rejects(pool.take(), /no more namespaces/);
  await until(() => workshop.fails === 0);
  pool.refillSoon(0);
  await until(() => workshop.made === 2);
  await pool.close();
  assert.deepEqual(workshop.unmade, [2]);
});

test('closing waits for what is being made, ends all, and parks no more', async () => {
  const { workshop, pool } = await full(2);
  workshop.unmakeFails = true;
  await pool.take();
  pool.refillSoon(0);
  await pool.close();
  pool.refillSoon(0);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(
    workshop.items.slice(1).map(({ number }) => number),
    workshop.unmade,
  );
});
