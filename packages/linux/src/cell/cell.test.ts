import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeMessage, MESSAGE } from '../program/encode.ts';
import { inChild, onHost, type Program } from '../program/step.ts';
import { Cell } from './cell.ts';
import { CellRunner } from './cell-runner.ts';

const PLAIN = join(import.meta.dirname, '../../../../cell/build/cell');
const SANITIZED = join(import.meta.dirname, '../../../../cell/build/cell-sanitized');
const dir = mkdtempSync(join(tmpdir(), 'wharf-cell-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const NEW_NS = 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000; // mnt uts ipc pid net
const REC_PRIVATE = 16384 | 262144;

/** A program that runs a shell command of the host's file system in fresh namespaces, as a monitor. */
function shell(place: string, command: string, mode: 1 | 2 | 3 = 1, extra: Program = []): Program {
  return [
    onHost({ op: 'LISTEN', directory: place }),
    onHost({ op: 'LOG', path: join(place, 'log'), attributes: '', maxSize: 0, maxFiles: 1 }),
    onHost({ op: 'CLONE', flags: NEW_NS, cgroup: '' }),
    inChild({ op: 'SESSION' }),
    inChild({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: REC_PRIVATE, data: '' }),
    inChild({ op: 'HOSTNAME', name: 'inside' }),
    ...extra,
    inChild({ op: 'STDIO', mode, rows: 0, columns: 0 }),
    inChild({ op: 'EXEC', file: 'sh', arguments: ['sh', '-c', command], environment: ['PATH=/usr/bin:/bin'] }),
    onHost({ op: 'RUN' }),
  ];
}

function place(name: string): string {
  const path = join(dir, name);
  mkdirSync(path);
  return path;
}

/** Connects to a cell's socket as an attached client; resolves with all bytes when the cell closes. */
function attach(path: string, want: number, input?: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ path: join(path, 'attach'), allowHalfOpen: true });
    const flags = Buffer.alloc(4);
    flags.writeUInt32LE(want);
    socket.write(encodeMessage(16, flags));
    if (input !== undefined) socket.end(input);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => {
      socket.destroy();
      resolve(Buffer.concat(chunks));
    });
    socket.on('error', reject);
  });
}

function frames(bytes: Buffer): { stream: number; text: string }[] {
  const out: { stream: number; text: string }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at + 4);
    out.push({ stream: bytes[at] ?? 0, text: bytes.subarray(at + 8, at + 8 + size).toString() });
    at += 8 + size;
  }
  return out;
}

for (const [kind, path] of [
  ['static', PLAIN],
  ['sanitized', SANITIZED],
] as const) {
  test(`${kind}: output goes framed to the attached client and to the log, and the exit record is kept`, async () => {
    const at = place(`${kind}-out`);
    const cell = new Cell(path);
    const exited = new Promise((resolve) => {
      cell.onMessage = (message) => message.event === 'exited' && resolve(message);
    });
    await cell.perform([onHost({ op: 'LISTEN', directory: at })]);
    const seen = attach(at, 6);
    const { last } = await cell.perform(shell(at, 'hostname; echo oops >&2; echo pid $$; exit 7').slice(1));
    assert.equal(last.event, 'running');
    const { at: ended, ...end } = (await exited) as { at: string };
    assert.deepEqual(end, { event: 'exited', code: 7, signal: 0, oom: 0 });
    assert.match(ended, /^\d{19}$/);
    const got = frames(await seen);
    const stdout = got.filter((frame) => frame.stream === 1);
    assert.equal(stdout.map((frame) => frame.text).join(''), 'inside\npid 1\n');
    assert.equal(got.find((frame) => frame.stream === 2)?.text, 'oops\n');
    await cell.gone;
    const lines = readFileSync(join(at, 'log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(lines.map((line) => line.log).sort(), ['inside\n', 'oops\n', 'pid 1\n']);
    assert.match(lines[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    const record = JSON.parse(readFileSync(join(at, 'exit'), 'utf8'));
    assert.equal(record.code, 7);
  });

  test(`${kind}: stdin reaches the process and its end is passed on`, async () => {
    const at = place(`${kind}-in`);
    const cell = new Cell(path);
    await cell.perform([onHost({ op: 'LISTEN', directory: at }), onHost({ op: 'STDIN', mode: 1 })]);
    const big = 'x'.repeat(300_000);
    const seen = attach(at, 7, big);
    await cell.perform(shell(at, 'wc -c', 2).slice(1));
    assert.equal(frames(await seen)[0]?.text.trim(), '300000');
    await cell.gone;
  });

  test(`${kind}: a program that fails names the step, kills the child, and the cell goes on`, async () => {
    const at = place(`${kind}-fail`);
    const cell = new Cell(path);
    const program = shell(at, 'true', 1, [inChild({ op: 'CHDIR', path: '/nowhere' })]);
    await assert.rejects(cell.perform(program), (error: { details: Record<string, unknown> }) => {
      assert.deepEqual(
        { op: error.details['op'], syscall: error.details['syscall'], errno: error.details['errno'] },
        { op: 'CHDIR', syscall: 'chdir', errno: 2 },
      );
      assert.equal(error.details['path'], '/nowhere');
      return true;
    });
    assert.ok(!existsSync(`/proc/${cell.childPid}`));
    await cell.perform([onHost({ op: 'MKDIR', path: join(at, 'more'), mode: 0o700 })]);
    cell.close();
    await cell.gone;
  });

  test(`${kind}: a parked child takes a later program; hanging up ends both`, async () => {
    const at = place(`${kind}-park`);
    const cell = new Cell(path);
    await cell.perform(shell(at, 'true').slice(0, 6));
    const child = cell.childPid;
    assert.ok(existsSync(`/proc/${child}`));
    await cell.perform([
      inChild({ op: 'WRITE_FILE', path: join(at, 'late'), flags: 0o101, mode: 0o600, data: Buffer.from('x') }),
    ]);
    assert.equal(readFileSync(join(at, 'late'), 'utf8'), 'x');
    cell.close();
    await cell.gone;
    assert.ok(!existsSync(`/proc/${child}`));
  });

  test(`${kind}: malformed programs are refused`, async () => {
    const cell = new Cell(path);
    const bad = encodeMessage(
      MESSAGE.program,
      Buffer.from('\xff\xff\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00', 'latin1'),
    );
    const said = new Promise<unknown>((resolve) => {
      cell.onMessage = resolve;
    });
    cell.send(bad);
    assert.match(JSON.stringify(await said), /malformed/);
    cell.close();
    await cell.gone;
  });

  test(`${kind}: a terminal is the child's own, can be resized and carries raw bytes`, async () => {
    const at = place(`${kind}-tty`);
    const root = join(at, 'root');
    mkdirSync(root);
    const cell = new Cell(path);
    await cell.perform([onHost({ op: 'LISTEN', directory: at })]);
    const seen = attach(at, 7);
    const mounts: Program = [
      inChild({ op: 'MOUNT', source: '/', target: root, fstype: '', flags: 4096 | 16384, data: '' }),
      inChild({ op: 'ROOT', path: root }),
      inChild({ op: 'FSMOUNT', fstype: 'tmpfs', options: ['mode=755'], attributes: 2, flags: 0, target: '/dev' }),
      inChild({
        op: 'FSMOUNT',
        fstype: 'devpts',
        options: ['newinstance', 'ptmxmode=0666'],
        attributes: 10,
        flags: 0,
        target: '/dev/pts',
      }),
      inChild({ op: 'FSMOUNT', fstype: 'proc', options: [], attributes: 14, flags: 0, target: '/proc' }),
      inChild({ op: 'MASK', path: '/proc/kcore' }),
      inChild({ op: 'MASK', path: '/proc/scsi' }),
      inChild({ op: 'MASK', path: '/proc/not-there' }),
      inChild({ op: 'READONLY', path: '/proc/sys' }),
    ];
    const program = shell(
      at,
      'tty; readlink /proc/self/fd/0; stty size; read x; echo got $x; head -c1 /proc/kcore | wc -c; echo 1 > /proc/sys/kernel/domainname',
      3,
      mounts,
    );
    const index = program.findIndex((step) => step.op.op === 'EXEC');
    const withPivot = [...program.slice(1, index), inChild({ op: 'PIVOT' }), ...program.slice(index)];
    await cell.perform(withPivot);
    const size = Buffer.alloc(4);
    size.writeUInt16LE(33, 0);
    size.writeUInt16LE(101, 2);
    cell.send(encodeMessage(MESSAGE.resize, size));
    const typing = connect({ path: join(at, 'attach') });
    const flags = Buffer.alloc(4);
    flags.writeUInt32LE(1);
    typing.write(Buffer.concat([encodeMessage(16, flags), Buffer.from('hello\n')]));
    typing.resume();
    const text = (await seen).toString();
    assert.match(text, /\/dev\/pts\/0/);
    assert.match(text, /got hello/);
    assert.match(text, /\n0\r\n/);
    assert.match(text, /Read-only file system/);
    typing.destroy();
    await cell.gone;
  });
}

test('the sealed copy runs cells and cannot be written', async () => {
  const runner = new CellRunner(PLAIN);
  const sealed = await runner.sealedPath();
  assert.match(readlinkSync(sealed), /memfd:cell/);
  assert.throws(() => writeFileSync(sealed, 'x'));
  const cell = new Cell(sealed);
  await cell.perform([onHost({ op: 'MKDIR', path: join(dir, 'by-sealed'), mode: 0o700 })]);
  assert.ok(lstatSync(join(dir, 'by-sealed')).isDirectory());
  cell.close();
  await cell.gone;
  await runner.close();
});

test('a runner forks further cells, which run the sealed copy and outlive it', async () => {
  const runner = new CellRunner(PLAIN);
  const nest = join(dir, 'nest');
  mkdirSync(nest);
  const cell = await runner.spawn(nest);
  await cell.perform([onHost({ op: 'UMASK', mask: 0o22 })]);
  assert.deepEqual(readdirSync(nest), [], 'the control socket is gone once it is connected');
  assert.match(readlinkSync(`/proc/${cell.pid}/exe`), /memfd:cell/);
  assert.equal(readFileSync(`/proc/${cell.pid}/environ`, 'utf8'), '');
  const descriptors = readdirSync(`/proc/${cell.pid}/fd`).map(Number);
  assert.deepEqual(
    descriptors.filter((fd) => fd > 3),
    [],
    'nothing of the runner is inherited',
  );
  await runner.close();
  await cell.perform([onHost({ op: 'MKDIR', path: join(nest, 'made'), mode: 0o700 })]);
  assert.ok(lstatSync(join(nest, 'made')).isDirectory());
  cell.close();
  await cell.gone;
  const left = existsSync(`/proc/${cell.pid}`) && readFileSync(`/proc/${cell.pid}/status`, 'utf8');
  assert.ok(left === false || /^State:\s*Z/m.test(left));
});

test('many cells are forked at once, and a directory that is missing is told', async () => {
  const runner = new CellRunner(PLAIN);
  const nests = Array.from({ length: 20 }, (_, at) => join(dir, `nest-${at}`));
  for (const nest of nests) mkdirSync(nest);
  const cells = await Promise.all(nests.map((nest) => runner.spawn(nest)));
  assert.equal(new Set(cells.map(({ pid }) => pid)).size, 20);
  await assert.rejects(runner.spawn(join(dir, 'nowhere')), /no such file or directory/);
  for (const cell of cells) cell.close();
  await Promise.all(cells.map(({ gone }) => gone));
  await runner.close();
});

test('targets in the root cannot be led out by links', async () => {
  const runner = new CellRunner(SANITIZED);
  const root = join(dir, 'jail');
  mkdirSync(root);
  await runner.run([
    onHost({ op: 'ROOT', path: root }),
    onHost({ op: 'MKDIR_IN', path: '/tmp', mode: 0o755, uid: 0, gid: 0 }),
    onHost({ op: 'SYMLINK', value: '../../../../../../tmp', path: '/link' }),
    onHost({ op: 'MKDIR_IN', path: '/link/made/deep', mode: 0o750, uid: 5, gid: 6 }),
    onHost({ op: 'MKNOD', path: '/dev/null2', mode: 0o020666, major: 1, minor: 3, uid: 0, gid: 0 }),
    onHost({ op: 'SETXATTR', path: '.', name: 'trusted.overlay.opaque', value: Buffer.from('y') }),
    onHost({ op: 'MKDIR', path: root, mode: 0o700 }, { tolerate: 17 }),
    onHost({ op: 'RMDIR', path: join(root, 'nothing') }, { optional: true }),
  ]);
  assert.equal(lstatSync(join(root, 'tmp/made/deep')).uid, 5);
  assert.ok(lstatSync(join(root, 'dev/null2')).isCharacterDevice());
  await runner.close();
});
