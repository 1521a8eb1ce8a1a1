import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { Attacher } from './attach.ts';
import type { ContainerRecord } from './record.ts';
import { RuntimeTable } from './runtime-table.ts';

const OUTPUT = { stream: true, stdin: false, stdout: true, stderr: true, logs: false };

/** A container that was created, and what its cell would listen on. */
async function scene(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'wharf-attach-'));
  const cell = createServer({ allowHalfOpen: true });
  cell.listen(join(directory, 'attach'));
  await once(cell, 'listening');
  t.after(() => {
    cell.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const table = new RuntimeTable();
  const events = { publish: () => {} };
  const attacher = new Attacher({ table, events, logs: { read: () => Readable.from([]) } });
  const state = { status: 'created', paused: false };
  const record = { id: 'one', name: 'one', config: {}, hostConfig: {}, state } as unknown as ContainerRecord;
  return { attacher, table, record, directory, cell };
}

test('who attaches while the container starts is connected before its program runs', async (t) => {
  const { attacher, table, record, directory, cell } = await scene(t);
  assert.deepEqual(table.starting(record.id, directory), []);
  const connection = once(cell, 'connection') as Promise<[Socket]>;
  const { stream } = await attacher.attach(record, OUTPUT);
  const [socket] = await connection;
  socket.end('tiny');
  assert.equal(await text(stream), 'tiny');
  socket.destroy();
});

test('who attaches before waits for the start, and for nothing when it failed', async (t) => {
  const { attacher, table, record, directory } = await scene(t);
  const early = await attacher.attach(record, OUTPUT);
  assert.equal(table.starting(record.id, directory).length, 1);
  table.dropPending(record.id);
  const late = await attacher.attach(record, OUTPUT);
  assert.equal(table.starting(record.id, directory).length, 1);
  early.stream.destroy();
  late.stream.destroy();
});
