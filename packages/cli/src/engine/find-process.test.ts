import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findListener, listenerInode } from './find-process.ts';

test('of the sockets at a path only the listening one counts', () => {
  const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000003 00000000 00000000 0001 03 111 /run/x.sock
0000000000000000: 00000002 00000000 00010000 0001 01 222 /run/x.sock
0000000000000000: 00000002 00000000 00010000 0001 01 333 /run/x.sock2
`;
  assert.equal(listenerInode(table, '/run/x.sock'), '222');
  assert.equal(listenerInode(table, '/run/y.sock'), undefined);
});

test('the process that listens is found, and none when nobody does', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-find-'));
  const path = join(dir, 'a.sock');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  assert.equal(findListener(path), process.pid);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(findListener(path), undefined);
  rmSync(dir, { recursive: true });
});
