import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WharfEnd, WharfWhy } from '@wharf/spec';
import { whyText } from './why-text.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const end = (secondsAgo: number, ExitCode: number, Cause: WharfEnd['Cause']): WharfEnd => ({
  Cause,
  Summary: 'It ended.',
  StartedAt: new Date(NOW - secondsAgo * 1000 - 500).toISOString(),
  FinishedAt: new Date(NOW - secondsAgo * 1000).toISOString(),
  ExitCode,
  Signal: '',
  OOMKills: 0,
  Restarted: true,
});
const why = (more: Partial<WharfWhy>): WharfWhy => ({
  Id: 'c1',
  Name: 'web',
  Status: 'exited',
  Cause: 'failed',
  Summary: 'Its program ended by itself.',
  Facts: [],
  Advice: [],
  LastOutput: [],
  Ends: [],
  ...more,
});

test('sentence, facts, advice, output, and the ends before', () => {
  const text = whyText(
    why({
      Facts: ['It ran for 3 seconds.', 'Nobody asked for it.'],
      Advice: ['Look.'],
      LastOutput: ['a', 'b'],
      Ends: [end(5, 1, 'failed'), end(65, 137, 'out-of-memory'), end(3600, 0, 'completed')],
    }),
    NOW,
  );
  assert.equal(
    text,
    `web: its program ended by itself.
  It ran for 3 seconds.
  Nobody asked for it.

What to do:
  - Look.

Last output:
  | a
  | b

Ends before that:
  About a minute ago   exit 137   out-of-memory
  About an hour ago    exit 0     completed
`,
  );
});

test('one sentence is enough where there is no more; of what runs all ends are shown', () => {
  assert.equal(
    whyText(why({ Summary: 'It was created and never started.' }), NOW),
    'web: it was created and never started.\n',
  );
  const text = whyText(why({ Status: 'running', Summary: 'It runs.', Ends: [end(7, 1, 'failed')] }), NOW);
  assert.equal(text, 'web: it runs.\n\nEnds so far:\n  7 seconds ago   exit 1   failed\n');
});
