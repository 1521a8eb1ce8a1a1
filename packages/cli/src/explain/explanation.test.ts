import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Output } from '../framework/streams.ts';
import { Explanation } from './explanation.ts';

function paper(): { out: Output; text(): string } {
  let written = '';
  const write = (text: string | Uint8Array) => {
    written += String(text);
  };
  return { out: { write } as unknown as Output, text: () => written };
}

const STEP = { Area: 'layer', Text: 'It made a layer.', Microseconds: 1_500 };
const NOTE = { Area: 'namespace', Text: 'A number.', Microseconds: 0 };

test('text comes as things happen, engine steps are indented, what took no time has none', () => {
  const { out, text } = paper();
  const told = new Explanation(out, 'text');
  told.lap('command', 'Read.');
  told.answered('Asked', [STEP, NOTE]);
  assert.match(text(), /^What happens[^]*\n +[\d.]+ {2}command +Read\.\n/);
  assert.match(text(), /\n {5}1\.50 {4}layer +It made a layer\.\n {13}namespace +A number\.\n/);
  assert.match(text(), /api +Asked: the answer came after that long; -?[\d.]+ of it were the way there and back\.\n$/);
});

test('JSON comes once, at the end, and tells of output and total only when there were', () => {
  const { out, text } = paper();
  const told = new Explanation(out, 'json');
  told.lap('command', 'Read.');
  told.starting();
  told.running();
  told.output();
  told.output();
  assert.equal(text(), '');
  told.finish();
  told.finish();
  const { Steps } = JSON.parse(text()) as { Steps: { Area: string; Where: string }[] };
  assert.deepEqual(
    Steps.map(({ Area }) => Area),
    ['command', 'output', 'total'],
  );
  const failed = paper();
  const other = new Explanation(failed.out, 'json');
  other.finish();
  assert.equal(failed.text(), '{"Steps":[]}\n');
});
