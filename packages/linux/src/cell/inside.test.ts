import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inChild, onHost, type Program } from '../program/step.ts';
import { attach, BUILDS, parked, places, rootWithDevices, running } from './cell.test-helper.ts';
import { Cell } from './cell.ts';
import { CellRunner } from './cell-runner.ts';

const home = places();
after(() => home.remove());

const KEYCTL = process.arch === 'arm64' ? 219 : 250;
const CLONE_ONLY = onHost({ op: 'CLONE', flags: 0, cgroup: '/nowhere/at/all' });

/** Runs a command to its end; resolves with its standard output, from the log. */
async function output(path: string, name: string, command: string, extra: Program = [], late: Program = []) {
  const at = home.make(name);
  const cell = new Cell(path);
  const end = new Promise<void>((resolve) => {
    cell.onMessage = (message) => message.event === 'exited' && resolve();
    cell.onClosed = resolve;
  });
  await cell.perform(parked(at));
  await cell.perform(running(command, { extra, late }));
  await end;
  return readFileSync(join(at, 'log'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { log: string }).log)
    .join('');
}

function failure(reason: unknown): { op: string; syscall: string; errno: number; path: string; hint: string } {
  return (reason as { details: { op: string; syscall: string; errno: number; path: string; hint: string } }).details;
}

async function refused(runner: Cell | CellRunner, program: Program) {
  const done = runner instanceof Cell ? runner.perform(program) : runner.run(program);
  return failure(
    await done.then(
      () => assert.fail('it was performed'),
      (error: unknown) => error,
    ),
  );
}

for (const [kind, path] of BUILDS) {
  test(`${kind}: the command starts with three descriptors, plain signals, and the usual umask`, async () => {
    const command = 'ls /proc/self/fd | tr "\\n" " "; umask; grep -E "^Sig(Blk|Ign)" /proc/self/status';
    const before = process.umask(0o077);
    const text = output(path, `${kind}-clean`, command);
    process.umask(before); // the cell has been started with the other one
    // The fourth is the directory that ls itself reads.
    assert.equal(await text, '0 1 2 3 0022\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  test(`${kind}: no container shares a keyring with another`, async () => {
    const keyring = [inChild({ op: 'KEYRING', name: '' })];
    const ask = `perl -e 'print syscall(${KEYCTL}, 0, -3, 0), "\\n"'; sleep 0.3`;
    const [one, two] = await Promise.all([
      output(path, `${kind}-keys-1`, ask, keyring),
      output(path, `${kind}-keys-2`, ask, keyring),
    ]);
    assert.match(one, /^\d+\n$/);
    assert.notEqual(one, two);
  });

  test(`${kind}: what a tolerated failure hinted at is not told of another`, async () => {
    const cell = new Cell(path);
    const overlay = { op: 'FSMOUNT', fstype: 'tmpfs', options: ['nonsense=1'], attributes: 0, flags: 1 } as const;
    const told = await refused(cell, [
      onHost({ ...overlay, target: '/nowhere' }, { optional: true }),
      onHost({ op: 'CHDIR', path: '/nowhere' }),
    ]);
    assert.equal(told.op, 'CHDIR');
    assert.equal(told.hint, '');
    assert.match((await refused(cell, [onHost({ ...overlay, target: '/nowhere' })])).hint, /nonsense/);
    cell.close();
    await cell.gone;
  });

  test(`${kind}: a clone that fails leaves no descriptors behind`, async () => {
    const cell = new Cell(path);
    const open = () => readdirSync(`/proc/${cell.pid}/fd`).length;
    await refused(cell, [CLONE_ONLY]);
    const before = open();
    for (let round = 0; round < 5; round++) await refused(cell, [CLONE_ONLY]);
    assert.equal(open(), before);
    cell.close();
    await cell.gone;
  });

  test(`${kind}: numbers that point outside a netlink message are refused`, async () => {
    const cell = new Cell(path);
    for (const pidOffset of [2n ** 64n - 2n, 2n ** 63n, 14n, 16n]) {
      const told = await refused(cell, [
        onHost({ op: 'NETLINK', protocol: 0, messages: Buffer.alloc(16), pidOffset, flags: 0 }),
      ]);
      assert.deepEqual({ op: told.op, errno: told.errno }, { op: 'NETLINK', errno: 22 });
    }
    cell.close();
    await cell.gone;
  });

  test(`${kind}: a child neither clones nor talks to the engine`, async () => {
    for (const step of [
      inChild({ op: 'CLONE', flags: 0, cgroup: '' }),
      inChild({ op: 'NETLINK', protocol: 0, messages: Buffer.alloc(0), pidOffset: 0, flags: 1 }),
    ]) {
      const cell = new Cell(path);
      await cell.perform(parked(home.make(`${kind}-child-${step.op.op}`)));
      assert.equal((await refused(cell, [step])).op, step.op.op);
      cell.close();
      await cell.gone;
    }
  });

  test(`${kind}: a log that is a link, or cannot be opened, fails the start`, async () => {
    const at = home.make(`${kind}-link`);
    writeFileSync(join(at, 'victim'), 'untouched');
    symlinkSync(join(at, 'victim'), join(at, 'log'));
    const cell = new Cell(path);
    assert.equal((await refused(cell, parked(at))).errno, 40);
    const nowhere = onHost({ op: 'LOG', path: join(at, 'no/log'), attributes: '', maxSize: 0, maxFiles: 1 });
    assert.equal((await refused(cell, [nowhere])).errno, 2);
    assert.equal(readFileSync(join(at, 'victim'), 'utf8'), 'untouched');
    assert.equal(statSync(join(at, 'attach')).mode & 0o777, 0o600);
    cell.close();
    await cell.gone;
  });

  test(`${kind}: a terminal is only taken from the real multiplexer`, async () => {
    const at = home.make(`${kind}-ptmx`);
    mkdirSync(join(at, 'root'));
    const cell = new Cell(path);
    await cell.perform(parked(at));
    const bind = { op: 'BIND', source: '/dev/zero', target: '/dev/pts/ptmx', flags: 0 } as const;
    const extra = [
      ...rootWithDevices(join(at, 'root')),
      inChild({ ...bind, set: 0, clear: 0, propagation: 0, kind: 2 }),
    ];
    const told = await refused(cell, running('true', { mode: 3, extra }));
    assert.deepEqual([told.op, told.errno, told.path], ['STDIO', 19, '/dev/pts/ptmx']);
    cell.close();
    await cell.gone;
  });

  test(`${kind}: a terminal can be had without touching /dev/console`, async () => {
    const at = home.make(`${kind}-no-console`);
    mkdirSync(join(at, 'root'));
    const cell = new Cell(path);
    await cell.perform(parked(at));
    const seen = attach(at, 6);
    const extra = [...rootWithDevices(join(at, 'root')), inChild({ op: 'CHDIR', path: join(at, 'root') })];
    // The root is not entered, so that the host's programs are there; only the terminal is the container's.
    await cell.perform(running('test -t 0 && stty size; ls dev/console', { mode: 4, extra, size: [31, 77] }));
    assert.match((await seen).toString(), /^31 77\r\nls: .*dev\/console.*No such file or directory\r\n$/);
    await cell.gone;
  });

  test(`${kind}: targets may be links to nothing, end in slashes, be long, and stay in the root`, async () => {
    const root = home.make(`${kind}-targets`);
    const runner = new CellRunner(path);
    const made = { mode: 0o700, uid: 0, gid: 0 };
    mkdirSync(join(root, 'etc'));
    symlinkSync('../run/systemd/resolve/stub', join(root, 'etc/resolv.conf'));
    symlinkSync('/missing/../../../../var/data', join(root, 'up'));
    symlinkSync('/var/data', join(root, 'data'));
    symlinkSync('loop', join(root, 'loop'));
    await runner.run([
      onHost({ op: 'UNSHARE', flags: 0x20000 }),
      onHost({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: 16384 | 262144, data: '' }),
      onHost({ op: 'ROOT', path: root }),
      onHost({ op: 'MKDIR_IN', path: '/new/deep//', ...made }),
      onHost({ op: 'MKDIR_IN', path: '/', ...made }),
      onHost({ op: 'MKDIR_IN', path: '.', ...made }),
    ]);
    const bind = { op: 'BIND', source: '/dev/null', flags: 0, set: 0, clear: 0, propagation: 0, kind: 0 } as const;
    await runner.run([onHost({ ...bind, target: '/etc/resolv.conf' })]);
    assert.ok(lstatSync(join(root, 'run/systemd/resolve/stub')).isFile());
    await runner.run([onHost({ ...bind, source: root, target: '/data/' })]);
    assert.ok(lstatSync(join(root, 'var/data')).isDirectory());
    const long = 'x'.repeat(256);
    for (const [target, errno] of [
      ['/loop', 40],
      ['/a/..', 22],
      ['', 22],
      [`/${long}`, 36],
    ] as const) {
      assert.equal((await refused(runner, [onHost({ ...bind, target })])).errno, errno, target.slice(0, 9));
    }
    await refused(runner, [onHost({ ...bind, target: '/up/file' })]);
    assert.ok(!existsSync(join(root, '..', 'var')));
    await runner.run([onHost({ op: 'MASK', path: '/no/such/file' }), onHost({ op: 'READONLY', path: '/nothing' })]);
    await runner.close();
  });

  test(`${kind}: resolution is tried again while the machine renames and mounts`, async () => {
    const at = home.make(`${kind}-again`);
    mkdirSync(join(at, 'root/a/b/c'), { recursive: true });
    const storm = new CellRunner(path);
    const runner = new CellRunner(path);
    let going = true;
    const rename = [
      onHost({ op: 'UNSHARE', flags: 0x20000 }),
      onHost({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: 16384 | 262144, data: '' }),
    ];
    await storm.run(rename);
    const mount = {
      op: 'MOUNT',
      source: 'none',
      target: join(at, 'root'),
      fstype: 'tmpfs',
      flags: 0,
      data: '',
    } as const;
    const storming = (async () => {
      const round = Array.from({ length: 50 }, () => [
        onHost(mount),
        onHost({ op: 'UNMOUNT', target: mount.target, flags: 2 }),
      ]);
      while (going) await storm.run(round.flat());
    })();
    await runner.run([onHost({ op: 'ROOT', path: join(at, 'root') })]);
    const step = onHost({ op: 'MKDIR_IN', path: `/a/b/c${'/../c'.repeat(100)}`, mode: 0o700, uid: 0, gid: 0 });
    for (let round = 0; round < 20; round++) await runner.run(Array.from({ length: 100 }, () => step));
    going = false;
    await storming;
    await Promise.all([storm.close(), runner.close()]);
  });

  test(`${kind}: a program that is not there is told as Go tells it`, async () => {
    const cases = [
      ['no-such-program', 'PATH', 2],
      ['/etc/passwd', 'stat', 13],
      ['/etc', 'stat', 21],
      ['/no/such', 'stat', 2],
      ['', 'PATH', 2],
    ] as const;
    for (const [index, [file, syscall, errno]] of cases.entries()) {
      const cell = new Cell(path);
      await cell.perform(parked(home.make(`${kind}-exec-${index}`)));
      const told = await refused(cell, [
        inChild({ op: 'EXEC', file, arguments: [file], environment: ['PATH=/usr/bin:/etc'] }),
        onHost({ op: 'RUN' }),
      ]);
      assert.deepEqual([told.syscall, told.errno, told.path], [syscall, errno, file]);
      cell.close();
      await cell.gone;
    }
  });
}
