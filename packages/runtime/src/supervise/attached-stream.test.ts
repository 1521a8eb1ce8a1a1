import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AttachedStream } from './attached-stream.ts';

describe('a connection to a monitor', () => {
  let home: string;
  let server: Server;
  let peer: Promise<Socket>;

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'wharf-attached-'));
    server = createServer({ allowHalfOpen: true });
    server.listen(join(home, 'attach'));
    await once(server, 'listening');
  });
  after(() => {
    server.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function connected(): Promise<{ stream: AttachedStream; other: Socket }> {
    peer = once(server, 'connection').then(([socket]) => socket as Socket);
    const stream = await AttachedStream.connect(home, 'attach');
    return { stream, other: await peer };
  }

  it('is read and written like any stream', async () => {
    const { stream, other } = await connected();
    other.end('output');
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(stream, 'end');
    assert.equal(Buffer.concat(chunks).toString(), 'output');
    stream.end('input');
    const [input] = (await once(other, 'data')) as [Buffer];
    assert.equal(input.toString(), 'input');
    stream.destroy();
    other.destroy();
  });

  it('hands all of its output over in order, although each buffer is used again', async () => {
    const { stream, other } = await connected();
    const all = Buffer.alloc(3_000_000);
    for (let at = 0; at < all.length; at += 4) all.writeUInt32LE(at, at);
    // Some of it waits in the stream before anybody takes it.
    other.write(all.subarray(0, 100_000));
    await delay(20);
    const seen: Buffer[] = [];
    let underway = 0;
    let most = 0;
    stream.forwardTo({
      write(chunk, done) {
        underway += 1;
        most = Math.max(most, underway);
        setTimeout(() => {
          seen.push(Buffer.from(chunk));
          underway -= 1;
          done();
        }, 2);
      },
    });
    other.end(all.subarray(100_000));
    await once(stream, 'end');
    while (underway > 0) await delay(2);
    assert.ok(Buffer.concat(seen).equals(all));
    assert.ok(most <= 8, `${most} buffers were under way`);
    stream.destroy();
    other.destroy();
  });

  it('does not read on while nobody takes what was read', async () => {
    const { stream, other } = await connected();
    const kept: (() => void)[] = [];
    stream.forwardTo({ write: (_chunk, done) => kept.push(done) });
    other.write(Buffer.alloc(8_000_000));
    await delay(50);
    assert.ok(other.writableLength > 4_000_000);
    stream.destroy();
    other.destroy();
  });
});
