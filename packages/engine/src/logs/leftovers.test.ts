import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Leftovers } from './leftovers.ts';
import type { SendJob } from './sender/messages.ts';

/** A sender that is done with a log when it is told so. */
class HandSender {
  readonly asked: string[] = [];
  readonly #sending = new Map<string, PromiseWithResolvers<void>>();

  has(id: string): boolean {
    return this.#sending.has(id);
  }

  send(id: string): void {
    this.asked.push(`send ${id}`);
    this.#sending.set(id, Promise.withResolvers());
  }

  async finish(id: string): Promise<void> {
    await this.#sending.get(id)?.promise;
  }

  async stop(id: string): Promise<void> {
    this.asked.push(`stop ${id}`);
    this.done(id);
  }

  done(id: string): void {
    this.#sending.get(id)?.resolve();
    this.#sending.delete(id);
  }
}

function place(t: TestContext, limits = { lingerMs: 60_000, most: 4 }) {
  const parent = mkdtempSync(join(tmpdir(), 'wharf-leftovers-'));
  t.after(() => rmSync(parent, { recursive: true }));
  const sender = new HandSender();
  const leftovers = new Leftovers({ sender, parent, limits });
  const container = (id: string) => {
    mkdirSync(join(parent, id));
    const job = { spool: join(parent, id, 'spool'), cursor: join(parent, id, 'cursor') } as SendJob;
    writeFileSync(job.spool, '{"log":"unsent\\n"}\n');
    leftovers.note(id, job);
    return job;
  };
  return { parent, sender, leftovers, container };
}

test('a directory without lines to send may go at once', async (t) => {
  const { parent, sender, leftovers } = place(t);
  mkdirSync(join(parent, 'plain'));
  assert.equal(await leftovers.finish('plain'), true);
  assert.equal(leftovers.adopt('no/such'), false);
  writeFileSync(join(parent, 'plain', 'log-job.json'), '{ half');
  assert.equal(leftovers.adopt('plain'), false);
  assert.deepEqual(sender.asked, []);
});

test('what is left is sent before the files go, also what another engine left', async (t) => {
  const { sender, leftovers, container } = place(t);
  container('a');
  const finished = leftovers.finish('a');
  assert.deepEqual(sender.asked, ['send a']);
  sender.done('a');
  assert.equal(await finished, true);
});

test('an engine that ends leaves the files to the next one', async (t) => {
  const { leftovers, container } = place(t);
  const { spool } = container('a');
  const finished = leftovers.finish('a');
  leftovers.stop();
  assert.equal(await finished, false);
  assert.ok(existsSync(spool));
});

test('spools of removed containers are bounded in number, and in time over engines', async (t) => {
  const { sender, leftovers, container } = place(t, { lingerMs: 60_000, most: 1 });
  container('first');
  container('second');
  const first = leftovers.finish('first');
  const second = leftovers.finish('second');
  assert.equal(await first, true);
  assert.deepEqual(sender.asked, ['send first', 'send second', 'stop first']);
  sender.done('second');
  await second;
  const { spool } = container('old');
  utimesSync(spool, 1, 1);
  assert.equal(leftovers.adopt('old'), false);
});

test('what hangs is given up in the end', async (t) => {
  const { sender, leftovers, container } = place(t, { lingerMs: 1, most: 4 });
  container('a');
  sender.send('a');
  assert.equal(await leftovers.finish('a'), true);
  assert.deepEqual(sender.asked, ['send a', 'stop a']);
});
