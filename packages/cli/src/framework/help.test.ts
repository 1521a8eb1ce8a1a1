import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minArgs } from './args.ts';
import { defineCommand } from './command.ts';
import { commandHelp, commandLists, flagUsages } from './help.ts';
import { flag } from './kinds.ts';
import { wrapText } from './wrap.ts';

const start = defineCommand({
  use: '[OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Start one or more stopped containers',
  aliases: ['container start', 'start'],
  flags: {
    interactive: flag.bool('interactive', "Attach container's STDIN", { short: 'i' }),
    attach: flag.bool('attach', 'Attach STDOUT/STDERR and forward signals', { short: 'a' }),
    checkpointDir: flag.string('checkpoint-dir', 'Use a custom checkpoint storage directory'),
    keys: flag.string('detach-keys', 'Override the key sequence for detaching a container'),
    hidden: flag.bool('secret', 'x', { hidden: true }),
  },
  args: minArgs(1),
  run: () => Promise.resolve(0),
});

// The layout is that of `docker start --help` in a terminal of 80 columns.
test('help is laid out as that of the client of Docker', () => {
  const expected = `Usage:  wharf start [OPTIONS] CONTAINER [CONTAINER...]

Start one or more stopped containers

Aliases:
  wharf container start, wharf start

Options:
  -a, --attach                  Attach STDOUT/STDERR and forward signals
      --checkpoint-dir string   Use a custom checkpoint storage directory
      --detach-keys string      Override the key sequence for detaching a
                                container
  -i, --interactive             Attach container's STDIN
`;
  assert.equal(commandHelp('wharf start', start, 80), expected);
});

test('defaults are shown, text quoted, and -h taken by a flag brings --help into the list', () => {
  const flags = {
    pull: flag.string('pull', 'When', { initial: 'missing' }),
    proxy: flag.bool('proxy', 'Pass', { initial: true }),
    swap: flag.int('swap', 'How', { initial: -1 }),
    hostname: flag.string('hostname', 'Name', { short: 'h' }),
    limits: flag.map('limits', 'Some'),
  };
  const lines = flagUsages(flags, 80).trimEnd().split('\n');
  assert.deepEqual(lines, [
    '      --help              Print usage',
    '  -h, --hostname string   Name',
    '      --limits map        Some (default map[])',
    '      --proxy             Pass (default true)',
    '      --pull string       When (default "missing")',
    '      --swap int          How (default -1)',
  ]);
});

test('a narrow terminal puts the text below the flag, and a very narrow one does not wrap', () => {
  const text = 'one two three four five six seven';
  assert.equal(wrapText(text, 60, 79), `\n${' '.repeat(16)}one two three four five six seven`);
  assert.equal(wrapText(text, 20, 30), text);
  assert.equal(wrapText(text, 2, 0), text);
});

test('lists of commands share one column', () => {
  const lists = commandLists([
    { title: 'Commands', rows: [['a', 'First']] },
    { title: 'More Commands', rows: [['a-very-long-name', 'Second']] },
    { title: 'No Commands', rows: [] },
  ]);
  assert.equal(lists, 'Commands:\n  a                First\n\nMore Commands:\n  a-very-long-name Second');
});
