import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag } from './kinds.ts';
import { parseFlags } from './parse.ts';

const flags = {
  interactive: flag.bool('interactive', '', { short: 'i' }),
  tty: flag.bool('tty', '', { short: 't' }),
  proxy: flag.bool('proxy', '', { initial: true }),
  env: flag.list('env', '', { short: 'e' }),
  publish: flag.list('publish', '', { short: 'p' }),
  name: flag.string('name', ''),
  memory: flag.bytes('memory', '', { short: 'm' }),
  retries: flag.int('retries', ''),
  platform: flag.strings('platform', ''),
  note: flag.map('note', ''),
  wait: flag.duration('wait', ''),
  old: flag.int('old', '', { deprecated: 'use --new instead' }),
};

const parse = (...argv: string[]) => parseFlags(flags, argv);
const parseFirst = (...argv: string[]) => parseFlags(flags, argv, { interspersed: false });

const accepted: readonly (readonly [argv: string[], values: Record<string, unknown>, args?: string[]])[] = [
  [['-it'], { interactive: true, tty: true }],
  [['-ti=false'], { interactive: false, tty: true }],
  [['-itename=x', 'y'], { interactive: true, tty: true, env: ['name=x'] }, ['y']],
  [['-e=A=1', '-e', 'B=2', '-eC=3', '--env=D=4', '--env', 'E'], { env: ['A=1', 'B=2', 'C=3', 'D=4', 'E'] }],
  [['-p80:80', '-p', '1:1'], { publish: ['80:80', '1:1'] }],
  [['--proxy=false'], { proxy: false }],
  [['--proxy', 'false'], { proxy: true }, ['false']],
  [['--tty=T', '--interactive=0'], { tty: true, interactive: false }],
  [['--name', '-x'], { name: '-x' }],
  [['--name='], { name: '' }],
  [['--name', 'a', '--name', 'b'], { name: 'b' }],
  [['-e', ''], { env: [''] }],
  [['-m', '1.5g', '--retries', '-3'], { memory: 1_610_612_736, retries: -3 }],
  [['--retries', '0x10'], { retries: 16 }],
  [['--platform', 'a,"b,c"', '--platform', 'd'], { platform: ['a', 'b,c', 'd'] }],
  [
    ['--note', 'a=1', '--note', 'b', '--note', 'a=2'],
    {
      note: new Map([
        ['a', '2'],
        ['b', ''],
      ]),
    },
  ],
  [['--wait', '1m1.5s'], { wait: 61_500_000_000 }],
  [['-', 'a'], {}, ['-', 'a']],
  [['-i', '--', '-t', '--'], { interactive: true }, ['-t', '--']],
];

test('flags are read as the client of Docker reads them', () => {
  for (const [argv, values, args = []] of accepted) {
    const parsed = parse(...argv);
    const actual = Object.fromEntries(Object.keys(values).map((key) => [key, Reflect.get(parsed.values, key)]));
    assert.deepEqual(actual, values, argv.join(' '));
    assert.deepEqual(parsed.args, args, argv.join(' '));
  }
});

const refused: readonly (readonly [argv: string[], message: string])[] = [
  [['--nope'], 'unknown flag: --nope'],
  [['--nope=1'], 'unknown flag: --nope'],
  [['-x'], "unknown shorthand flag: 'x' in -x"],
  [['-itx1'], "unknown shorthand flag: 'x' in -x1"],
  [['--name'], 'flag needs an argument: --name'],
  [['-im'], "flag needs an argument: 'm' in -m"],
  [['---'], 'bad flag syntax: ---'],
  [['--=x'], 'bad flag syntax: --=x'],
  [
    ['--tty=maybe'],
    'invalid argument "maybe" for "-t, --tty" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  [['--retries', '1x'], 'invalid argument "1x" for "--retries" flag: strconv.ParseInt: parsing "1x": invalid syntax'],
  [
    ['--retries', '9223372036854775808'],
    'invalid argument "9223372036854775808" for "--retries" flag: strconv.ParseInt: parsing "9223372036854775808": value out of range',
  ],
  [['-m', 'x'], 'invalid argument "x" for "-m, --memory" flag: invalid size: \'x\''],
  [['--wait', '5'], 'invalid argument "5" for "--wait" flag: time: missing unit in duration "5"'],
  [
    ['--platform', 'a"b'],
    'invalid argument "a\\"b" for "--platform" flag: parse error on line 1, column 2: bare " in non-quoted-field',
  ],
];

test('what cannot be read is refused in its words', () => {
  for (const [argv, message] of refused) {
    assert.throws(() => parse(...argv), { code: 'FLAG_SYNTAX', message }, argv.join(' '));
  }
});

test('the first argument ends the flags where a command says so', () => {
  const parsed = parseFirst('-i', 'image', '-t', '--nope');
  assert.equal(parsed.values.tty, false);
  assert.deepEqual(parsed.args, ['image', '-t', '--nope']);
});

test('it is known which flags were given, even with their default value', () => {
  assert.deepEqual([...parse('--retries', '0', '-i').changed], ['retries', 'interactive']);
});

test('help ends the reading, also by its old letter', () => {
  assert.equal(parse('-i', '--help', '--nope').help, true);
  const old = parse('-h');
  assert.equal(old.help, true);
  assert.deepEqual(old.notices, ['Flag shorthand -h has been deprecated, use --help']);
});

test('a deprecated flag works and says so', () => {
  const { values, notices } = parse('--old', '3');
  assert.equal(values.old, 3);
  assert.deepEqual(notices, ['Flag --old has been deprecated, use --new instead']);
});
