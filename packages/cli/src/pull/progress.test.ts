import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgressMessage } from '@wharf/spec';
import { progressText, showProgress } from './progress.ts';

async function* messages(...all: ProgressMessage[]): AsyncGenerator<ProgressMessage> {
  yield* all;
}

function screen(isTerminal: boolean, columns = 80) {
  const parts: string[] = [];
  const write = (data: string | Uint8Array): void => {
    parts.push(Buffer.from(data).toString());
  };
  return { parts, out: { isTerminal, columns: () => columns, rows: () => 24, write } };
}

const PULL: ProgressMessage[] = [
  { status: 'Pulling from library/busybox', id: 'latest' },
  { status: 'Pulling fs layer', progressDetail: {}, id: 'a' },
  { status: 'Pulling fs layer', progressDetail: {}, id: 'b' },
  { status: 'Downloading', progressDetail: { current: 50, total: 100 }, id: 'a' },
  { status: 'Pull complete', progressDetail: {}, id: 'b' },
  { status: 'Status: Downloaded newer image for busybox:latest' },
];

test('without a terminal there are plain lines and no counting', async () => {
  const { parts, out } = screen(false);
  await showProgress(messages(...PULL), out);
  assert.equal(
    parts.join(''),
    'latest: Pulling from library/busybox\na: Pulling fs layer\nb: Pulling fs layer\nb: Pull complete\n' +
      'Status: Downloaded newer image for busybox:latest\n',
  );
});

test('on a terminal every layer has a line that is redrawn in its place', async () => {
  const { parts, out } = screen(true);
  await showProgress(messages(...PULL), out);
  assert.deepEqual(parts, [
    'latest: Pulling from library/busybox\n',
    '\n\u001b[1A\u001b[2K\ra: Pulling fs layer \r\u001b[1B',
    '\n\u001b[1A\u001b[2K\rb: Pulling fs layer \r\u001b[1B',
    '\u001b[2A\u001b[2K\ra: Downloading      50B/100B\r\u001b[2B',
    '\u001b[1A\u001b[2K\rb: Pull complete \r\u001b[1B',
    'Status: Downloaded newer image for busybox:latest\n',
  ]);
});

test('the bar is drawn where there is room, with the time that is left', () => {
  const bar = `[${'='.repeat(25)}>${' '.repeat(25)}]`;
  assert.equal(progressText({ current: 50, total: 100 }, 120, 0), `${bar}      50B/100B`);
  assert.equal(progressText({ current: 50, total: 100, start: 1 }, 120, 31_000), `${bar}      50B/100B 30s`);
  assert.equal(progressText({ current: 50, total: 100, start: 1 }, 40, 31_000), '     50B/100B');
  assert.equal(progressText({ current: 200, total: 100 }, 80, 0), '    200B');
  assert.equal(progressText({ current: 1_500_000 }, 80, 0), '   1.5MB');
  assert.equal(progressText({ current: 3, total: 4, units: 's' }, 80, 0), '3/4 s');
  assert.equal(progressText({}, 80, 0), '');
});

test('an error in the stream ends it with its own words', async () => {
  const failed = showProgress(messages({ errorDetail: { message: 'boom' }, error: 'boom' }), screen(false).out);
  await assert.rejects(failed, { message: 'boom' });
});
