import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WharfError } from '@wharf/kit';
import { exitError, fail } from '../errors.ts';
import { exactArgs, maxArgs, noArgs } from './args.ts';
import { type Command, type CommandTable, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { runProgram } from './dispatch.ts';
import { flag } from './kinds.ts';

const base = { use: '[OPTIONS] THING', short: 'Do it', flags: { loud: flag.bool('loud', 'Be loud', { short: 'l' }) } };

function loader(command: Command) {
  return { load: () => Promise.resolve({ command }) };
}

const table: CommandTable = {
  do: loader(
    defineCommand({
      ...base,
      args: exactArgs(1),
      run: async (ctx, args, { loud }) => {
        ctx.stdout.write(`${ctx.path} ${args[0]} ${loud}\n`);
        return 0;
      },
    }),
  ),
  fails: loader(
    defineCommand({
      ...base,
      args: maxArgs(1),
      run: async (_, [how]) => {
        if (how === 'status') return 7;
        if (how === 'away') throw new WharfError('ENGINE_UNREACHABLE', 'unavailable', 'nobody there');
        if (how === 'denied') {
          throw new WharfError('ENGINE_UNREACHABLE', 'unavailable', 'denied', { details: { errno: 'EACCES' } });
        }
        throw how === 'code' ? exitError('it broke', 9) : fail('COMMAND_FAILED', 'it broke');
      },
    }),
  ),
  thing: {
    short: 'Manage things',
    aliases: { list: 'ls' },
    verbs: {
      ls: loader(
        defineCommand({
          ...base,
          use: '[OPTIONS]',
          args: noArgs,
          run: async (ctx) => {
            ctx.stdout.write(`${ctx.path}\n`);
            return 0;
          },
        }),
      ),
    },
  },
};

async function call(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: '', err: '' };
  const output = (key: 'out' | 'err') => ({
    isTerminal: false,
    columns: () => 80,
    rows: () => 24,
    write: (data: string | Uint8Array) => {
      texts[key] += Buffer.from(data).toString();
    },
  });
  const [stdout, stderr] = [output('out'), output('err')];
  const context = (path: string) => ({ path, stdout, stderr }) as CommandContext;
  const code = await runProgram({ table, env: {}, stdout, stderr, context }, argv);
  return { code, ...texts };
}

test('a command runs with its flags, arguments and the path it is known by', async () => {
  assert.deepEqual(await call('do', '-l', 'x'), { code: 0, out: 'wharf do x true\n', err: '' });
  assert.deepEqual(await call('thing', 'list'), { code: 0, out: 'wharf thing ls\n', err: '' });
});

test('failures are printed, with the exit status they ask for', async () => {
  assert.deepEqual(await call('fails', 'status'), { code: 7, out: '', err: '' });
  assert.deepEqual(await call('fails', 'code'), { code: 9, out: '', err: 'it broke\n' });
  assert.deepEqual(await call('fails', 'plain'), { code: 1, out: '', err: 'it broke\n' });
});

test('who cannot reach the engine is told what to do about it', async () => {
  assert.match((await call('fails', 'away')).err, /^nobody there\nStart one with 'wharf engine start'/);
  assert.match((await call('fails', 'denied')).err, /^denied\nIts socket is for root: use sudo/);
});

const complaints: readonly (readonly [argv: string[], code: number, err: string])[] = [
  [['nope'], 1, "wharf: unknown command: wharf nope\n\nRun 'wharf --help' for more information\n"],
  [
    ['build', '.'],
    1,
    "wharf: unknown command: wharf build (Docker has it, this version of Wharf does not)\n\nRun 'wharf --help' for more information\n",
  ],
  [
    ['thing', 'nope'],
    1,
    "wharf: unknown command: wharf thing nope\n\nUsage:  wharf thing\n\nRun 'wharf thing --help' for more information\n",
  ],
  [
    ['do', '--nope'],
    125,
    "unknown flag: --nope\n\nUsage:  wharf do [OPTIONS] THING\n\nRun 'wharf do --help' for more information\n",
  ],
  [
    ['--nope'],
    125,
    "unknown flag: --nope\n\nUsage:  wharf [OPTIONS] COMMAND [ARG...]\n\nRun 'wharf --help' for more information\n",
  ],
  [
    ['do'],
    1,
    "wharf: 'wharf do' requires 1 argument\n\nUsage:  wharf do [OPTIONS] THING\n\nRun 'wharf do --help' for more information\n",
  ],
  [
    ['thing', 'ls', 'x'],
    1,
    "wharf: 'wharf thing ls' accepts no arguments\n\nUsage:  wharf thing ls [OPTIONS]\n\nRun 'wharf thing ls --help' for more information\n",
  ],
  [
    ['fails', 'a', 'b'],
    1,
    "wharf: 'wharf fails' requires at most 1 argument\n\nUsage:  wharf fails [OPTIONS] THING\n\nRun 'wharf fails --help' for more information\n",
  ],
  [['help', 'nope'], 1, 'unknown help topic: nope\n'],
  [['constructor'], 1, "wharf: unknown command: wharf constructor\n\nRun 'wharf --help' for more information\n"],
  [['-l', 'shout', 'do', 'x'], 1, 'Unable to parse logging level: shout\n'],
];

test('a wrong command line is explained as the client of Docker explains it', async () => {
  for (const [argv, code, err] of complaints) {
    assert.deepEqual(await call(...argv), { code, out: '', err }, argv.join(' '));
  }
});

test('help that was asked for goes to the output, help instead of a missing command to the errors', async () => {
  for (const [argv, asked] of [
    [['--help'], true],
    [[], false],
    [['thing', '--help'], true],
    [['thing'], false],
    [['help', 'do'], true],
    [['do', '--help'], true],
  ] as const) {
    const { code, out, err } = await call(...argv);
    assert.equal(code, 0);
    assert.match(asked ? out : err, /^Usage: {2}wharf/);
    assert.equal(asked ? err : out, '');
  }
});

test('the version is told without looking at commands', async () => {
  const { out } = await call('-v', 'nope');
  assert.match(out, /^Wharf version \d+\.\d+\.\d+, build \w+\n$/);
});
