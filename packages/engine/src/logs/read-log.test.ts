import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type LogRequest, readLog } from './read-log.ts';

const dir = mkdtempSync(join(tmpdir(), 'wharf-logs-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let count = 0;

function entry(text: string, options: { second?: number; stream?: 'stdout' | 'stderr' } = {}): string {
  const time = `2026-01-01T00:00:${String(options.second ?? 0).padStart(2, '0')}.5Z`;
  return `${JSON.stringify({ log: text, stream: options.stream ?? 'stdout', time })}\n`;
}

function logOf(...contents: string[]): string {
  const path = join(dir, `${count++}-json.log`);
  for (const [age, content] of contents.entries()) writeFileSync(age === 0 ? path : `${path}.${age}`, content);
  return path;
}

function request(path: string, changes: Partial<LogRequest> = {}): LogRequest {
  const plain = {
    stdout: true,
    stderr: true,
    timestamps: false,
    details: '',
    tail: 'all',
    follow: () => false,
  } as const;
  return { path, tty: true, ...plain, ...changes };
}

async function read(path: string, changes: Partial<LogRequest> = {}): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readLog(request(path, changes))) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('rotated files come first, and the tail goes back into them', async () => {
  const path = logOf(entry('e\n') + entry('f\n'), entry('c\n') + entry('d\n'), entry('a\n') + entry('b\n'));
  assert.equal(await read(path), 'a\nb\nc\nd\ne\nf\n');
  for (const [tail, want] of [
    [0, ''],
    [1, 'f\n'],
    [2, 'e\nf\n'],
    [3, 'd\ne\nf\n'],
    [5, 'b\nc\nd\ne\nf\n'],
    [6, 'a\nb\nc\nd\ne\nf\n'],
    [99, 'a\nb\nc\nd\ne\nf\n'],
  ] as const) {
    assert.equal(await read(path, { tail }), want, `tail ${tail}`);
  }
});

test('tails are right over the borders of blocks', async () => {
  const lines = Array.from({ length: 5000 }, (_, at) => `${at} ${'x'.repeat((at * 37) % 400)}\n`);
  const path = logOf(lines.map((line) => entry(line)).join(''));
  for (const tail of [1, 700, 2000, 4999, 5000]) assert.equal(await read(path, { tail }), lines.slice(-tail).join(''));
});

test('since and until are inclusive; streams are chosen after the tail, as Docker does', async () => {
  const path = logOf(
    [1, 2, 3, 4].map((second) => entry(`${second}\n`, { second, stream: second % 2 ? 'stdout' : 'stderr' })).join(''),
  );
  const at = (second: number) => BigInt(Date.parse('2026-01-01T00:00:00.5Z') + second * 1000) * 1_000_000n;
  assert.equal(await read(path, { since: at(2), until: at(3) }), '2\n3\n');
  assert.equal(await read(path, { since: at(4) + 1n }), '');
  assert.equal(await read(path, { stderr: false }), '1\n3\n');
  assert.equal(await read(path, { tail: 2, stderr: false }), '3\n');
});

test('time stamps have nine decimals, details follow them, frames tell stream and length', async () => {
  const path = logOf(entry('x\n', { stream: 'stderr' }));
  const text = '2026-01-01T00:00:00.500000000Z a=b x\n';
  assert.equal(await read(path, { timestamps: true, details: 'a=b ' }), text);
  const chunks: Buffer[] = [];
  for await (const chunk of readLog(request(path, { tty: false, timestamps: true, details: 'a=b ' })))
    chunks.push(chunk);
  const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, text.length]);
  assert.deepEqual(Buffer.concat(chunks), Buffer.concat([header, Buffer.from(text)]));
});

test('torn lines and what is no entry are passed over', async () => {
  const path = logOf(`${entry('a\n')}{"log":"half\n${entry('b\n')}[]\n7\n{"log":1}\n${entry('c\n')}{"log":"cut`);
  assert.equal(await read(path), 'a\nb\nc\n');
  assert.equal(await read(join(dir, 'nowhere')), '');
});

/** Follows a log; `step` is called after every piece of output with all that came, until it says false. */
async function follow(path: string, step: (all: string) => boolean): Promise<string> {
  let all = '';
  let going = true;
  for await (const chunk of readLog(request(path, { follow: () => going }))) {
    all += chunk.toString();
    going = going && step(all);
  }
  return all;
}

test('following sees lines as they come, over a rotation, over two, and the last ones after the end', async () => {
  const path = logOf(entry('1\n'));
  const all = await follow(path, (seen) => {
    if (seen.endsWith('1\n')) {
      appendFileSync(path, entry('2\n'));
      renameSync(path, `${path}.1`);
      writeFileSync(path, entry('3\n'));
    } else if (seen.endsWith('3\n')) {
      appendFileSync(path, entry('4\n'));
      renameSync(`${path}.1`, `${path}.3`);
      renameSync(path, `${path}.2`);
      writeFileSync(`${path}.1`, entry('5\n'));
      writeFileSync(path, entry('6\n'));
    } else if (seen.endsWith('6\n')) {
      appendFileSync(path, entry('last\n'));
      return false;
    }
    return true;
  });
  assert.equal(all, '1\n2\n3\n4\n5\n6\nlast\n');
});

test('following goes on in a log of one file that is cut when it is full', async () => {
  const path = logOf(entry('long '.repeat(20)));
  const all = await follow(path, (seen) => {
    if (seen.endsWith('new\n')) return false;
    truncateSync(path);
    appendFileSync(path, entry('new\n'));
    return true;
  });
  assert.equal(all, `${'long '.repeat(20)}new\n`);
});

test('following waits for a log that is not there yet, and ends with its signal', async () => {
  const path = join(dir, 'late.log');
  const stop = new AbortController();
  const reader = readLog(request(path, { follow: () => true, signal: stop.signal }));
  const first = reader.next();
  writeFileSync(path, entry('here\n'));
  assert.equal((await first).value?.toString(), 'here\n');
  const next = reader.next();
  stop.abort();
  assert.equal((await next).done, true);
});
