import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isAllSent, LogCursor } from './log-cursor.ts';
import { type SpoolEntry, type SpoolPosition, SpoolReader } from './spool-reader.ts';

const dir = mkdtempSync(join(tmpdir(), 'wharf-spool-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let count = 0;
const fresh = () => join(dir, `${count++}.log`);

const entry = (text: string, stream = 'stdout') =>
  `${JSON.stringify({ log: text, stream, time: '2026-01-01T00:00:00Z' })}\n`;

/** path.(n-1) → path.n … path → path.1, as a cell does. */
function rotate(path: string, files: number): void {
  for (let n = files - 1; n > 1; n -= 1) {
    try {
      renameSync(`${path}.${n - 1}`, `${path}.${n}`);
    } catch {
      // Not there yet.
    }
  }
  renameSync(path, `${path}.1`);
  writeFileSync(path, '');
}

/** Everything that can be read now. */
async function drain(reader: SpoolReader): Promise<SpoolEntry[]> {
  const all: SpoolEntry[] = [];
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    all.push(...batch.entries);
    reader.advance(batch.end);
  }
  return all;
}

const texts = (entries: readonly SpoolEntry[]) => entries.map(({ text }) => text);

test('a reader goes on where the last one was, over rotations', async () => {
  const path = fresh();
  writeFileSync(path, entry('1\n') + entry('2\n'));
  const first = new SpoolReader(path, undefined);
  assert.deepEqual(texts(await drain(first)), ['1', '2']);
  const { position } = first;
  await first.close();
  appendFileSync(path, entry('3\n'));
  rotate(path, 4);
  appendFileSync(path, entry('4\n'));
  rotate(path, 4);
  appendFileSync(path, entry('5\n'));
  const second = new SpoolReader(path, position);
  assert.deepEqual(texts(await drain(second)), ['3', '4', '5']);
  assert.equal(second.lost, 0);
  assert.equal(await second.behind(), 0);
  appendFileSync(path, entry('6\n'));
  assert.equal(await second.behind(), entry('6\n').length);
  assert.deepEqual(texts(await drain(second)), ['6']);
  await second.close();
});

test('what was rotated away unread is told, and the rest is read', async () => {
  const path = fresh();
  writeFileSync(path, entry('1\n'));
  const first = new SpoolReader(path, undefined);
  await drain(first);
  await first.close();
  for (const text of ['2', '3', '4']) {
    rotate(path, 2);
    appendFileSync(path, entry(`${text}\n`));
  }
  const second = new SpoolReader(path, first.position);
  assert.deepEqual(texts(await drain(second)), ['3', '4']);
  assert.equal(second.lost, 1);
  await second.close();
});

test('parts of a long line are numbered, each stream on its own, also when another reader goes on in the middle', async () => {
  const path = fresh();
  writeFileSync(path, entry('a') + entry('x', 'stderr') + entry('b'));
  const first = new SpoolReader(path, undefined);
  const begin = await drain(first);
  await first.close();
  appendFileSync(path, entry('c\n') + entry('y\n', 'stderr') + entry('whole\n'));
  const second = new SpoolReader(path, JSON.parse(JSON.stringify(first.position)) as SpoolPosition);
  const all = [...begin, ...(await drain(second))];
  await second.close();
  assert.deepEqual(
    all.map(({ text, partial }) => [text, partial?.ordinal, partial?.last]),
    [
      ['a', 1, false],
      ['x', 1, false],
      ['b', 2, false],
      ['c', 3, true],
      ['y', 2, true],
      ['whole', undefined, undefined],
    ],
  );
  assert.equal(new Set(all.slice(0, 5).map(({ partial }) => partial?.id)).size, 2);
});

test('an entry that is longer than a piece is read whole; half an entry waits', async () => {
  const path = fresh();
  const long = 'l'.repeat(90_000);
  writeFileSync(path, entry(`${long}\n`) + entry('half\n').slice(0, 10));
  const reader = new SpoolReader(path, undefined);
  assert.deepEqual(texts(await drain(reader)), [long]);
  appendFileSync(path, entry('half\n').slice(10));
  assert.deepEqual(texts(await drain(reader)), ['half']);
  await reader.close();
});

test('the position survives in its file, and tells whether all was sent', async () => {
  const path = fresh();
  const cursor = new LogCursor(`${path}.cursor`);
  assert.equal(cursor.load(), undefined);
  writeFileSync(path, entry('1\n') + entry('2\n'));
  const reader = new SpoolReader(path, undefined);
  const batch = await reader.next();
  assert.ok(batch);
  assert.equal(isAllSent(path, `${path}.cursor`), false);
  cursor.save({ ...batch.end, open: { stdout: { id: 'x'.repeat(64), ordinal: 1 } } });
  cursor.save(batch.end);
  cursor.close();
  await reader.close();
  assert.deepEqual(new LogCursor(`${path}.cursor`).load(), batch.end);
  assert.equal(isAllSent(path, `${path}.cursor`), true);
  writeFileSync(`${path}.cursor`, 'damaged');
  assert.equal(new LogCursor(`${path}.cursor`).load(), undefined);
});
