import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeMessage, MESSAGE } from '../program/encode.ts';
import { inChild, onHost } from '../program/step.ts';
import { attach, BUILDS, frames, hello, parked, places, rootWithDevices, running, textOf } from './cell.test-helper.ts';
import { Cell } from './cell.ts';
import type { CellMessage } from './cell-messages.ts';

const home = places();
after(() => home.remove());

/** Resolves with the message that the monitor tells of the end. */
function ending(cell: Cell): Promise<CellMessage & { event: 'exited' }> {
  return new Promise((resolve, reject) => {
    cell.onMessage = (message) => {
      if (message.event === 'exited') resolve(message);
    };
    cell.onClosed = () => reject(new Error('the cell hung up'));
  });
}

function opened(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: join(path, 'attach'), allowHalfOpen: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function logLines(place: string, name = 'log'): { log: string; stream: string; time: string }[] {
  const text = readFileSync(join(place, name), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`not within ten seconds: ${what}`);
}

for (const [kind, path] of BUILDS) {
  test(`${kind}: input that waits is delivered although its client has gone away entirely`, async () => {
    const at = home.make(`${kind}-gone`);
    const cell = new Cell(path);
    const end = ending(cell);
    await cell.perform([...parked(at), onHost({ op: 'STDIN', mode: 1 })]);
    const socket = await opened(at);
    await cell.perform(running('sleep 0.4; wc -c', { mode: 2 }));
    // More than a pipe holds, less than pipe and socket together: the client is done before the container reads.
    await new Promise<void>((resolve) => {
      socket.write(Buffer.concat([hello(1), Buffer.alloc(150_000, 'x')]), () => resolve());
    });
    socket.destroy();
    await end;
    assert.equal(logLines(at)[0]?.log.trim(), '150000');
  });

  test(`${kind}: closing stdin by message comes after the input that was sent before`, async () => {
    const at = home.make(`${kind}-close`);
    const cell = new Cell(path);
    const end = ending(cell);
    await cell.perform(parked(at));
    const socket = await opened(at);
    socket.write(Buffer.concat([hello(1), Buffer.alloc(100_000, 'x')]));
    await cell.perform(running('sleep 0.4; wc -c', { mode: 2 }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    cell.send(encodeMessage(MESSAGE.closeStdin));
    await end;
    assert.equal(logLines(at)[0]?.log.trim(), '100000');
    socket.destroy();
  });

  test(`${kind}: who attached before the start gets all output of however short a life`, async () => {
    for (let round = 0; round < 25; round++) {
      const at = home.make(`${kind}-short-${round}`);
      const cell = new Cell(path);
      await cell.perform(parked(at));
      const all = Promise.all([attach(at, 6), attach(at, 2), attach(at, 4)]);
      const { last } = await cell.perform(running('echo out; echo err >&2'));
      assert.equal(last.event, 'running');
      const [both = Buffer.of(), out = Buffer.of(), err = Buffer.of()] = await all;
      assert.equal(textOf(both, 1), 'out\n');
      assert.equal(textOf(both, 2), 'err\n');
      assert.deepEqual(frames(out), [{ stream: 1, text: 'out\n' }]);
      assert.deepEqual(frames(err), [{ stream: 2, text: 'err\n' }]);
      const told = await ending(cell);
      assert.equal(told.code, 0, 'told although nobody listened at that moment');
      await cell.gone;
    }
  });

  test(`${kind}: a reader that is slow still gets everything after the end`, async () => {
    const at = home.make(`${kind}-slow`);
    const cell = new Cell(path);
    const end = ending(cell);
    await cell.perform(parked(at));
    const socket = await opened(at);
    socket.pause();
    socket.write(hello(2));
    await cell.perform(running('head -c 250000 /dev/zero | tr "\\0" y; exit 5'));
    assert.equal((await end).code, 5, 'the end does not wait for the reader');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    assert.equal(textOf(Buffer.concat(chunks), 1).length, 250_000);
    await cell.gone;
  });

  test(`${kind}: output that another process holds open delays the end only for a while`, async () => {
    const at = home.make(`${kind}-held`);
    const cell = new Cell(path);
    const end = ending(cell);
    await cell.perform(parked(at, { sharePids: true, log: onHost({ op: 'STDIN', mode: 0 }) }));
    await cell.perform(running('timeout 4 yes & exit 3'));
    assert.equal((await end).code, 3);
    await cell.gone;
    assert.equal(JSON.parse(readFileSync(join(at, 'exit'), 'utf8')).code, 3);
  });

  test(`${kind}: a connection that says nothing or nonsense does not hold up the container`, async () => {
    const at = home.make(`${kind}-silent`);
    const cell = new Cell(path);
    const end = ending(cell);
    await cell.perform(parked(at));
    const silent = await opened(at);
    const rude = await opened(at);
    rude.write(encodeMessage(99, Buffer.alloc(8)));
    rude.resume();
    await cell.perform(running('head -c 200000 /dev/zero | tr "\\0" "\\n"; echo done'));
    assert.equal((await end).code, 0);
    assert.equal(logLines(at).at(-1)?.log, 'done\n');
    silent.destroy();
    rude.destroy();
    await cell.gone;
  });

  test(`${kind}: a terminal lives on while the container has it closed`, async () => {
    const at = home.make(`${kind}-hangup`);
    mkdirSync(join(at, 'root'));
    const cell = new Cell(path);
    const end = ending(cell);
    await cell.perform(parked(at));
    const command = 'exec </dev/null >/dev/null 2>&1; sleep 0.3; exec >/dev/tty; echo back; exit 4';
    const extra = rootWithDevices(join(at, 'root'));
    await cell.perform(running(command, { mode: 3, extra, late: [inChild({ op: 'PIVOT' })] }));
    assert.equal((await end).code, 4);
    assert.equal(logLines(at)[0]?.log, 'back\r\n');
  });

  test(`${kind}: the log is rotated at its size and keeps whole lines`, async () => {
    const at = home.make(`${kind}-rotate`);
    const cell = new Cell(path);
    const end = ending(cell);
    const log = onHost({ op: 'LOG', path: join(at, 'log'), attributes: '', maxSize: 2000, maxFiles: 3 });
    await cell.perform(parked(at, { log }));
    await cell.perform(running('i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done'));
    await end;
    assert.deepEqual(
      readdirSync(at).filter((name) => name.startsWith('log')),
      ['log', 'log.1', 'log.2'],
    );
    const all = ['log.2', 'log.1', 'log'].map((name) => logLines(at, name));
    assert.deepEqual(
      all.flat().map(({ log }) => log),
      Array.from({ length: all.flat().length }, (_, at) => `line ${200 - all.flat().length + at}\n`),
    );
    for (const name of ['log.1', 'log.2']) {
      const { length } = readFileSync(join(at, name));
      assert.ok(length >= 2000 && length < 2100, `${name} has ${length} bytes`);
    }
  });

  test(`${kind}: a full disk costs log lines and the record, not the container nor the truth`, async () => {
    const at = home.make(`${kind}-full`);
    const cell = new Cell(path);
    const mount = { op: 'MOUNT', source: 'tmpfs', target: at, fstype: 'tmpfs', flags: 0, data: 'size=64k' } as const;
    await cell.perform([onHost(mount)]);
    try {
      const end = ending(cell);
      await cell.perform(parked(at));
      const seen = attach(at, 2);
      await cell.perform(running('head -c 60000 /dev/zero | tr "\\0" "\\n"; rm -f nothing; echo last; exit 6'));
      const told = await end;
      assert.equal(told.code, 6);
      assert.match(told.at, /^\d{19}$/);
      assert.equal(textOf(await seen, 1).length, 60_005);
      assert.ok(logLines(at).length > 0, 'every line that is there is whole');
      assert.ok(!existsSync(join(at, 'exit')));
      await cell.gone;
    } finally {
      const cleaner = new Cell(path);
      await cleaner.perform([onHost({ op: 'UNMOUNT', target: at, flags: 2 })]);
      cleaner.close();
    }
  });

  test(`${kind}: the end of the monitor ends the container, with an init too`, async () => {
    for (const late of [[], [inChild({ op: 'INIT' })]]) {
      const at = home.make(`${kind}-monitor-${late.length}`);
      const cell = new Cell(path);
      await cell.perform(parked(at));
      await cell.perform(running('sleep 1000', { late }));
      const { childPid } = cell;
      process.kill(cell.pid, 'SIGKILL');
      await cell.gone;
      await eventually('process 1 is gone', () => !existsSync(`/proc/${childPid}`));
    }
  });

  test(`${kind}: a parked child that dies takes its cell with it`, async () => {
    const cell = new Cell(path);
    await cell.perform(parked(home.make(`${kind}-parked`)));
    process.kill(cell.childPid, 'SIGKILL');
    await cell.gone;
    await eventually('the engine sees it', () => !cell.alive);
  });

  test(`${kind}: an init passes signals on and ends as its child`, async () => {
    const at = home.make(`${kind}-init`);
    const cell = new Cell(path);
    const end = ending(cell);
    await cell.perform(parked(at));
    const late = [inChild({ op: 'INIT' })];
    const command = 'trap "echo got; exit 9" TERM; echo $$; (sleep 0.1 &); while :; do sleep 0.05; done';
    await cell.perform(running(command, { late }));
    await eventually('it runs', () => logLines(at).length > 0);
    const signal = Buffer.alloc(4);
    signal.writeUInt32LE(15);
    cell.send(encodeMessage(MESSAGE.signal, signal));
    assert.equal((await end).code, 9);
    assert.deepEqual(
      logLines(at).map(({ log }) => log),
      ['2\n', 'got\n'],
    );
  });
}
