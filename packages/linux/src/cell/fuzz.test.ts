import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeMessage, encodeProgram } from '../program/encode.ts';
import { OPERATIONS, type Op } from '../program/ops.gen.ts';
import { inChild, onHost, type Program, type Step } from '../program/step.ts';
import { attach, BUILDS, hello, parked, places, running, textOf } from './cell.test-helper.ts';
import { Cell } from './cell.ts';

const SANITIZED = BUILDS[1][1];
const home = places();
after(() => home.remove());

/** Reproducible numbers (mulberry32): a failure can be run again. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * A script that runs the sanitized build as nobody who is root of nothing but namespaces of its own: whatever a random
 * program says, this machine stays as it is. What the sanitizers find goes to a file.
 */
function jail(at: string, confined: boolean): { path: string; findings(): string } {
  const path = join(at, 'cell.sh');
  const errors = join(at, 'errors');
  writeFileSync(errors, '');
  chmodSync(errors, 0o666);
  const drop =
    'setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --mount --uts --ipc --net --pid --fork';
  const options = 'ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1';
  writeFileSync(path, `#!/bin/sh\nexec 2>>${errors}\n${options} exec ${confined ? drop : ''} ${SANITIZED}\n`);
  chmodSync(path, 0o755);
  return { path, findings: () => readFileSync(errors, 'utf8') };
}

const WORDS = [
  '',
  '/',
  '.',
  '..',
  'a',
  '/proc',
  '/proc/self/fd/9',
  '/dev/null',
  'tmpfs',
  'x'.repeat(300),
  '/a/../b/',
  'size=1',
  '=',
  ':',
  'PATH=/bin',
];
const NUMBERS = [0n, 1n, 2n, 3n, 7n, 64n, 4096n, 0x2000_0000n, 0x7fff_ffffn, 0xffff_ffffn, 2n ** 63n, 2n ** 64n - 1n];

/** Random operations but those whose whole effect is to make the cell itself stop or starve. */
const LEFT_OUT = new Set(['RLIMIT', 'SEAL', 'SECCOMP']);

function randomStep(roll: (below: number) => number): Step {
  const operations = OPERATIONS.filter(({ name }) => !LEFT_OUT.has(name));
  const { name, fields } = operations[roll(operations.length)] ?? { name: 'PIVOT', fields: [] };
  const word = () => WORDS[roll(WORDS.length)] ?? '';
  const values = fields.map(([field, type]) => {
    if (type === 'u') return [field, NUMBERS[roll(NUMBERS.length)]];
    if (type === 's') return [field, word()];
    if (type === 'l') return [field, Array.from({ length: roll(4) }, word)];
    return [field, Buffer.from(Array.from({ length: roll(64) }, () => roll(256)))];
  });
  const op = Object.fromEntries([['op', name], ...values]) as Op;
  return { side: roll(4) === 0 ? 'child' : 'host', op, optional: roll(2) === 0 };
}

function mutate(message: Buffer, roll: (below: number) => number): Buffer {
  const out = Buffer.from(message);
  for (let times = 1 + roll(6); times > 0; times--) {
    const at = 8 + roll(Math.max(1, out.length - 8));
    const kind = roll(4);
    if (kind === 0) out[at] = roll(256);
    else if (kind === 1) out[at] = 0xff;
    else if (kind === 2) out.copyWithin(at, 8, 8 + roll(32));
    else if (out.length > at + 4) out.writeUInt32LE(roll(2) === 0 ? 0xffff_fff0 + roll(16) : roll(64), at);
  }
  return roll(3) === 0 ? encodeMessage(1, out.subarray(8, 8 + roll(out.length - 8))) : out;
}

/** Sends one message; resolves when it is answered, when the cell ends, or when it has had enough time to think. */
async function feed(cell: Cell, message: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    const patience = setTimeout(resolve, 300);
    const done = () => {
      clearTimeout(patience);
      resolve();
    };
    cell.onMessage = ({ event }) => {
      if (event === 'done' || event === 'failed' || event === 'running') done();
    };
    cell.onClosed = done;
    cell.send(message);
  });
}

test('random and mutated programs are performed or refused, never a crash', { timeout: 120_000 }, async () => {
  const at = home.make('programs');
  chmodSync(home.root, 0o755);
  const { path, findings } = jail(at, true);
  const roll = dice(20261121);
  mkdirSync(join(at, 'root'));
  chmodSync(join(at, 'root'), 0o777);
  const prelude: Program = [
    onHost({ op: 'CLONE', flags: 0x2002_0000, cgroup: '' }),
    inChild({ op: 'ROOT', path: join(at, 'root') }),
    onHost({ op: 'ROOT', path: join(at, 'root') }),
  ];
  let cell: Cell | undefined;
  let answered = 0;
  for (let round = 0; round < 400; round++) {
    cell ??= new Cell(path);
    const program: Program = Array.from({ length: 1 + roll(6) }, () => randomStep(roll));
    // Half of them with a child in namespaces of its own and a root to work in.
    const plain = encodeProgram(roll(2) === 0 ? [...prelude, ...program] : program);
    await feed(cell, roll(3) === 0 ? plain : mutate(plain, roll));
    assert.equal(
      findings().includes('Sanitizer') || findings().includes('runtime error'),
      false,
      `round ${round}: ${findings()}`,
    );
    if (cell.alive) answered++;
    if (!cell.alive || roll(5) === 0) {
      process.kill(-cell.pid, 'SIGKILL');
      cell.close();
      cell = undefined;
    }
  }
  if (cell) process.kill(-cell.pid, 'SIGKILL');
  cell?.close();
  assert.ok(answered > 100, `${answered} were answered`);
});

test('mutated clients of the monitor are dropped, and the container is served on', { timeout: 60_000 }, async () => {
  const at = home.make('clients');
  const { path, findings } = jail(at, false);
  const roll = dice(7);
  const cell = new Cell(path);
  const place = join(at, 'place');
  mkdirSync(place);
  await cell.perform(parked(place));
  await cell.perform(running('while read -r line; do [ "$line" = the-end ] && exit 11; done', { mode: 2 }));
  for (let round = 0; round < 150; round++) {
    await new Promise<void>((resolve) => {
      const socket = connect({ path: join(place, 'attach'), allowHalfOpen: true });
      const kind = [16, 17, 3, 4, 99][roll(5)] ?? 0;
      const payload = Buffer.from(Array.from({ length: roll(20) }, () => roll(256)));
      // Signals would end the container, and closing its input the test.
      const followers = [
        encodeMessage(3, payload.subarray(0, 8)),
        encodeMessage(2, Buffer.from([18, 0, 0, 0])),
        payload,
      ];
      const first = roll(3) === 0 ? hello(roll(8)) : encodeMessage(kind === 4 ? 5 : kind, payload);
      if (roll(3) === 0) first.writeUInt32LE(NUMBERS[roll(NUMBERS.length)] === 0n ? 0 : 0xffff_ffff, 4);
      for (const byte of roll(2) === 0 ? first.subarray(0, roll(first.length + 1)) : first)
        socket.write(Buffer.from([byte]));
      if (roll(2) === 0) for (const follower of followers) socket.write(follower);
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
      if (roll(2) === 0) socket.end(() => setTimeout(() => socket.destroy(), 2));
      else setTimeout(() => socket.destroy(), 2);
    });
  }
  assert.equal(findings(), '');
  assert.ok(cell.alive);
  const told = new Promise<number>((resolve) => {
    cell.onMessage = (message) => message.event === 'exited' && resolve(message.code);
  });
  const seen = attach(place, 3, '\nthe-end\n');
  assert.equal(await told, 11);
  assert.equal(textOf(await seen, 1), '');
  await cell.gone;
  assert.equal(findings(), '');
});
