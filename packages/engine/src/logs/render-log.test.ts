import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, frameHeader } from '@wharf/spec';
import { entryNanos, type LogEntry } from './log-lines.ts';
import { LogRenderer, type RenderOptions } from './render-log.ts';

const PLAIN = { tty: false, stdout: true, stderr: true, timestamps: false, details: '' } as const;

/** The same sequence for the same seed. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % limit;
  };
}

const PIECES = [
  'a',
  'line of text ',
  '"',
  '\\',
  '\t',
  '\r',
  '\u0001',
  '<&>',
  'ä',
  '€',
  '😀',
  '\u2028',
  '\ufffd',
  '{"log":"x"}',
];

function randomEntry(random: (limit: number) => number): LogEntry {
  const text = Array.from({ length: random(12) }, () => (PIECES[random(PIECES.length)] ?? '').repeat(1 + random(60)));
  const decimals = String(random(1_000_000_000)).slice(0, random(10)).replace(/0+$/, '');
  const second = String(random(60)).padStart(2, '0');
  return {
    text: `${text.join('')}${random(8) === 0 ? '' : '\n'}`,
    stream: random(3) === 0 ? 'stderr' : 'stdout',
    time: `2026-01-01T00:00:${second}${decimals === '' ? '' : `.${decimals}`}Z`,
  };
}

/** As a cell writes it. */
function written({ text, stream, time }: LogEntry, attributes: string): string {
  // JSON.stringify has escaped control characters already; Go's encoder escapes these too.
  const log = JSON.stringify(text).replace(
    /[<>&\u2028]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `{"log":${log},"stream":"${stream}"${attributes},"time":"${time}"}\n`;
}

/** What must come out, worked out the slow way. */
function expected(entries: readonly LogEntry[], options: RenderOptions): Buffer {
  const { since, until } = options;
  const parts = entries.flatMap(({ text, stream, time }) => {
    const nanos = entryNanos(time);
    if (!options[stream] || (since !== undefined && nanos < since) || (until !== undefined && nanos > until)) return [];
    const [seconds = '', decimals = ''] = time.slice(0, -1).split('.');
    const stamp = options.timestamps ? `${seconds}.${decimals.padEnd(9, '0')}Z ` : '';
    const bytes = Buffer.from(`${stamp}${options.details}${text}`);
    return options.tty ? [bytes] : [frameHeader(stream === 'stdout' ? 1 : 2, bytes.length), bytes];
  });
  return Buffer.concat(parts);
}

/** The streams' parts, however many frames each came in. */
function runs(bytes: Buffer): string[] {
  const parts: string[] = [];
  let last = 0;
  const reader = new FrameReader((stream, chunk) => {
    if (stream !== last) parts.push(`\n[${stream}]`);
    last = stream;
    parts.push(Buffer.from(chunk).toString('latin1'));
  });
  reader.push(bytes);
  assert.ok(reader.atBoundary);
  return parts;
}

test('whatever was printed comes out as it was, however the file is cut into blocks', () => {
  const at = (second: number) => BigInt(Date.parse('2026-01-01T00:00:00Z') + second * 1000) * 1_000_000n;
  const attributes = ',"attrs":{"a":"b","c":"\\"d"}';
  for (const [seed, changes, own] of [
    [1, {}, ''],
    [2, { tty: true }, ''],
    [3, { timestamps: true }, ''],
    [4, { stdout: false }, ''],
    [5, { stderr: false, timestamps: true, tty: true }, ''],
    [6, { since: at(20), until: at(40) + 1n }, ''],
    [7, { details: 'a=b,c=d '.repeat(20), timestamps: true, attributes }, attributes],
    // Attributes that the renderer does not expect.
    [8, { details: 'a=b ', tty: true }, attributes],
    [9, { merge: true }, ''],
    [10, { merge: true, timestamps: true, stderr: false }, ''],
    [11, { merge: true, details: 'a=b ', since: at(10) }, attributes],
  ] as const) {
    const random = randomNumbers(seed);
    const options = { ...PLAIN, ...changes };
    const entries = Array.from({ length: 300 }, () => randomEntry(random));
    const file = Buffer.from(entries.map((entry) => written(entry, own)).join(''));
    const renderer = new LogRenderer(options);
    const out: Buffer[] = [];
    for (let from = 0; from < file.length; ) {
      const size = 1 + random(random(4) === 0 ? 10 : 9000);
      // The block's memory is used again at once.
      const block = Buffer.from(file.subarray(from, from + size));
      const bytes = renderer.push(block);
      if (bytes) out.push(Buffer.from(bytes));
      block.fill(0);
      from += size;
    }
    const [got, want] = [Buffer.concat(out), expected(entries, options)];
    const merge = 'merge' in changes;
    assert.ok(merge ? runs(got).join('') === runs(want).join('') : got.equals(want), `seed ${seed}`);
    assert.ok(!merge || got.length < want.length, 'lines share frames');
  }
});

test('entries in another form than the usual one are read too', () => {
  const renderer = new LogRenderer({ ...PLAIN, tty: true, timestamps: true });
  const lines = [
    '{ "log": "spaced\\n", "stream": "stdout", "time": "2026-01-01T00:00:00Z" }',
    '{"stream":"stderr","time":"2026-01-01T02:00:00.5+02:00","log":"other order\\n"}',
    '{"log":"\\ud83d\\ude00\\/\\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}',
    '{"log":"no time\\n","stream":"stdout"}',
    '{"log":"","stream":"stdout","time":"2026-01-01T00:00:00Z"}',
    '{"log":"unfinished',
  ];
  assert.equal(
    renderer.push(Buffer.from(`${lines.join('\n')}\n`))?.toString(),
    [
      '2026-01-01T00:00:00.000000000Z spaced\n',
      '2026-01-01T00:00:00.500000000Z other order\n',
      '2026-01-01T00:00:00.000000000Z 😀/\n',
      '2026-01-01T00:00:00.000000000Z ',
    ].join(''),
  );
});
