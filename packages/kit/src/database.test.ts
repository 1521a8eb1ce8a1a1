import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Database } from './database.ts';

const dir = mkdtempSync(join(tmpdir(), 'wharf-db-'));
after(() => rmSync(dir, { recursive: true }));

test('missing schema steps are applied once, in order, and rows survive reopening', async () => {
  const path = join(dir, 'a.db');
  const first = new Database(path, [{ area: 'x', steps: ['CREATE TABLE x (a TEXT)'] }]);
  first.run('INSERT INTO x VALUES (?)', 'kept');
  await Promise.all([first.durable(), first.durable(), first.durable()]);
  first.close();
  const steps = ['CREATE TABLE x (a TEXT)', 'ALTER TABLE x ADD COLUMN b INTEGER DEFAULT 7'];
  const second = new Database(path, [{ area: 'x', steps }]);
  assert.deepEqual({ ...second.get('SELECT * FROM x') }, { a: 'kept', b: 7 });
  second.close();
});

test('a transaction that throws leaves nothing behind', () => {
  const db = new Database(join(dir, 'b.db'), [{ area: 'x', steps: ['CREATE TABLE x (a TEXT)'] }]);
  const boom = () =>
    db.transaction(() => {
      db.run('INSERT INTO x VALUES (?)', 'lost');
      throw new TypeError('boom');
    });
  assert.throws(boom, /boom/);
  assert.equal(db.all('SELECT * FROM x').length, 0);
  db.close();
});

test('the first error shows when SQLite has rolled back by itself', () => {
  const db = new Database(join(dir, 'd.db'), [{ area: 'x', steps: ['CREATE TABLE x (a TEXT UNIQUE)'] }]);
  const twice = () =>
    db.transaction(() => {
      for (let at = 0; at < 2; at += 1) db.run('INSERT OR ROLLBACK INTO x VALUES (?)', 'same');
    });
  assert.throws(twice, /UNIQUE constraint failed/);
  db.close();
});

test('a database of a newer version is refused', () => {
  const path = join(dir, 'c.db');
  new Database(path, [{ area: 'x', steps: ['CREATE TABLE x (a)', 'CREATE TABLE y (a)'] }]).close();
  assert.throws(() => new Database(path, [{ area: 'x', steps: ['CREATE TABLE x (a)'] }]), {
    code: 'DATABASE_UNUSABLE',
  });
});

test('on a full disk the reserve makes room once, and comes back', () => {
  const place = join(dir, 'small');
  mkdirSync(place);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', place]);
  try {
    const db = new Database(join(place, 'd.db'), [{ area: 'x', steps: ['CREATE TABLE x (a TEXT)'] }]);
    db.run('INSERT INTO x VALUES (?)', 'before');
    assert.equal(statSync(join(place, 'd.db-reserve')).size, 1024 * 1024);
    const filler = openSync(join(place, 'filler'), 'w');
    assert.throws(() => {
      for (;;) writeSync(filler, Buffer.alloc(4096, 1));
    }, /ENOSPC/);
    closeSync(filler);
    db.transaction(() => {
      for (let at = 0; at < 20; at += 1) db.run('INSERT INTO x VALUES (?)', 'x'.repeat(2000));
    });
    assert.equal(db.all('SELECT * FROM x').length, 21);
    assert.ok(!existsSync(join(place, 'd.db-reserve')));
    db.close();
  } finally {
    execFileSync('umount', ['-l', place]);
  }
});

test('nobody else can read the database, nor its log', () => {
  const path = join(dir, 'private.db');
  writeFileSync(path, '', { mode: 0o644 });
  const db = new Database(path, [{ area: 'x', steps: ['CREATE TABLE x (a TEXT)'] }]);
  for (const file of [path, `${path}-wal`, `${path}-reserve`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  db.close();
});
