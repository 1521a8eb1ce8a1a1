import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { isCode } from '@wharf/kit';
import { CellRunner } from '@wharf/linux';
import { type Changes, configOf, contextOf, MOUNTS } from './lower/config.test-helper.ts';
import { type LowerContext, lowerConfig } from './lower/lower.ts';
import { Sandbox } from './sandbox/sandbox.ts';
import { startError } from './start-error.ts';
import { connectAttach } from './supervise/connect.ts';
import { ContainerProcess } from './supervise/container-process.ts';

const CELL = join(import.meta.dirname, '../../../cell/build/cell');
const BUSYBOX = '/bin/busybox';
const APPLETS = [
  'sh',
  'cat',
  'ls',
  'id',
  'grep',
  'hostname',
  'readlink',
  'stat',
  'stty',
  'sleep',
  'wc',
  'touch',
  'tty',
  'ps',
  'echo',
];

/** A file, a directory, and what no kernel has. */
const MASKED = { maskedPaths: ['/proc/keys', '/proc/tty', '/proc/nothing'] };

/** Why this machine cannot run containers, or false. */
function missing(): string | false {
  const reason =
    process.getuid?.() !== 0
      ? 'needs root'
      : !existsSync(BUSYBOX)
        ? 'needs busybox-static'
        : !existsSync(CELL)
          ? 'the cell is not built'
          : false;
  if (reason && process.env['WHARF_MUST_RUN'] === '1') throw new Error(reason);
  return reason;
}

interface Running {
  readonly sandbox: Sandbox;
  readonly container: ContainerProcess;
  /** Attached to all three streams. */
  readonly stream: Duplex;
}

describe('a container from a hand-written configuration', { skip: missing() }, () => {
  let home: string;
  let count = 0;
  const cells: number[] = [];
  const runner = new CellRunner(CELL);

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'wharf-runtime-'));
    chmodSync(home, 0o755);
    const root = join(home, 'root');
    for (const name of ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev']) mkdirSync(join(root, name), { recursive: true });
    copyFileSync(BUSYBOX, join(root, 'bin/busybox'));
    for (const applet of APPLETS) copyFileSync(BUSYBOX, join(root, 'bin', applet));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
    mkdirSync(join(home, 'staging'));
    mkdirSync(join(home, 'volume'));
  });
  after(async () => {
    await runner.close();
    for (const pid of cells) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        continue; // it has ended, as it should
      }
    }
    rmSync(home, { recursive: true, force: true });
  });

  /** Parks a sandbox, attaches, and gives it the rest of its program. */
  async function start(
    command: readonly string[],
    changes: Changes = {},
    context: Partial<LowerContext> = {},
  ): Promise<Running> {
    const types = ['mount', 'uts', 'ipc', 'pid', 'network'] as const;
    const directory = join(home, `s${++count}`);
    const sandbox = await Sandbox.park(runner, {
      directory,
      namespaces: types.map((type) => ({ type })),
      cgroup: { v2Directory: '', directories: [], early: [], procsFiles: [] },
      network: [],
    });
    cells.push(sandbox.cell.pid);
    const stream = await connectAttach(directory, { stdin: true, stdout: true, stderr: true });
    const rootfs = { kind: 'directory', path: join(home, 'root') } as const;
    const config = configOf({ ...changes, process: { args: command, ...changes.process } });
    const program = lowerConfig(config, contextOf({ rootfs, staging: join(home, 'staging'), ...context }));
    try {
      await sandbox.cell.perform(program);
    } catch (error) {
      stream.destroy();
      await sandbox.discard();
      throw startError(error);
    }
    return { container: ContainerProcess.adopt(sandbox.cell, directory), stream, sandbox };
  }

  async function textOf(stream: Duplex, framed: boolean): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (!framed) return bytes.toString();
    let text = '';
    for (let at = 0; at < bytes.length; at += 8 + bytes.readUInt32BE(at + 4)) {
      text += bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at + 4)).toString();
    }
    return text;
  }

  /** What a shell script prints inside, stdout and stderr, and its exit code. */
  async function run(script: string, changes: Changes = {}, context: Partial<LowerContext> = {}) {
    const { container, stream } = await start(['sh', '-c', `exec 2>&1; ${script}`], changes, context);
    const text = await textOf(stream, !changes.process?.terminal);
    return { text, record: await container.exited };
  }

  it('sees its own root, name, devices and proc, and ends with its code', async () => {
    const { text, record } = await run('hostname; echo $$; ls /; cd /dev; echo *; stat -c "%n %t:%T %a" null; exit 42');
    assert.deepEqual(text.split('\n'), [
      'box',
      '1',
      ...['bin', 'dev', 'etc', 'proc', 'sys', 'tmp'],
      'core fd null ptmx pts stderr stdin stdout',
      'null 1:3 666',
      '',
    ]);
    assert.equal(record.code, 42);
    assert.equal(record.oomKills, 0);
    assert.ok(record.at > 1_700_000_000_000_000_000n);
  });

  it('has nothing mounted but its own, nothing of the host left, and no descriptors', async () => {
    const { text } = await run('cat /proc/mounts; ls /proc/self/fd', { linux: MASKED });
    const lines = text.trim().split('\n');
    assert.deepEqual(
      lines.slice(1, -4).map((line) => line.split(' ').slice(0, 3).join(' ')),
      [
        'proc /proc proc',
        'tmpfs /dev tmpfs',
        'devpts /dev/pts devpts',
        'sysfs /sys sysfs',
        'devtmpfs /proc/keys devtmpfs',
        'tmpfs /proc/tty tmpfs',
        'proc /proc/sys proc',
      ],
    );
    assert.match(lines.find((line) => line.includes(' /sys ')) ?? '', /ro,nosuid,nodev,noexec,relatime/);
    assert.match(lines.find((line) => line.includes(' /dev ')) ?? '', /rw,nosuid,size=64k,mode=755/);
    assert.deepEqual(lines.slice(-4), ['0', '1', '2', '3']);
  });

  it('cannot read what is masked nor write what is read-only', async () => {
    const { text } = await run(
      'cat /proc/keys | wc -c; ls /proc/tty | wc -l; touch /proc/tty/x; echo 1 > /proc/sys/kernel/hostname; touch /sys/x; touch /new && echo writable',
      {
        linux: MASKED,
        root: { path: '', readonly: true },
      },
    );
    assert.equal(
      text.replaceAll('sh: ', ''),
      [
        '0',
        '0',
        'touch: /proc/tty/x: Read-only file system',
        "can't create /proc/sys/kernel/hostname: Read-only file system",
        'touch: /sys/x: Read-only file system',
        'touch: /new: Read-only file system',
        '',
      ].join('\n'),
    );
  });

  it('has the capabilities, user, groups, umask and limits that it was given', async () => {
    const user = { uid: 1000, gid: 100, additionalGids: [4, 24], umask: 0o27 };
    const held = ['CAP_CHOWN', 'CAP_NET_RAW'];
    const none: string[] = [];
    const { text } = await run(
      'id; umask; ulimit -n; grep -E "^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs)" /proc/self/status',
      {
        process: {
          user,
          noNewPrivileges: true,
          rlimits: [{ type: 'RLIMIT_NOFILE', soft: 99, hard: 100 }],
          capabilities: { bounding: held, effective: none, permitted: none, inheritable: none, ambient: none },
        },
      },
    );
    assert.deepEqual(text.split('\n'), [
      'uid=1000 gid=100 groups=4,24',
      '0027',
      '99',
      'CapInh:\t0000000000000000',
      'CapPrm:\t0000000000000000',
      'CapEff:\t0000000000000000',
      'CapBnd:\t0000000000002001',
      'CapAmb:\t0000000000000000',
      'NoNewPrivs:\t1',
      '',
    ]);
  });

  it('has a terminal of its own with the size that was asked for', async () => {
    const { container, stream } = await start(
      ['sh', '-c', 'tty; stty size; ls -l /dev/console; read x; echo "got $x"; stty size; exit 3'],
      {
        process: { terminal: true, consoleSize: { height: 33, width: 101 } },
      },
    );
    container.resize(44, 202);
    stream.write('hello\n');
    const text = await textOf(stream, false);
    assert.match(text, /\/dev\/pts\/0\r\n/);
    assert.match(text, /got hello\r\n44 202\r\n$/);
    assert.match(text, /crw.* \/dev\/console\r\n/);
    assert.equal((await container.exited).code, 3);
  });

  it('reads its input to the end, and is not ended by clients that go when stdin stays open', async () => {
    const { container, stream } = await start(['wc', '-c'], {}, { openStdin: true, stdinOnce: true });
    stream.end(Buffer.alloc(1_000_000));
    assert.equal((await textOf(stream, true)).trim(), '1000000');
    assert.equal((await container.exited).code, 0);
    const open = await start(['sh', '-c', 'read x; read y; echo $x $y'], {}, { openStdin: true });
    open.stream.end('one\n');
    const second = await open.container.attach({ stdin: true, stdout: true, stderr: true });
    second.write('two\n');
    assert.equal(await textOf(second, true), 'one two\n');
  });

  it('gets signals, and its end tells of them', async () => {
    const { container, stream } = await start([
      'sh',
      '-c',
      'trap "exit 7" TERM; echo up; while :; do sleep 0.02; done',
    ]);
    await once(stream, 'data');
    container.signal(15);
    assert.equal((await container.exited).code, 7);
    const killed = await start(['sleep', '1000']);
    killed.container.signal(9);
    const record = await killed.container.exited;
    assert.deepEqual([record.code, record.signal], [137, 9]);
  });

  it('sees binds as they were asked for, and files on files', async () => {
    const volume = join(home, 'volume');
    writeFileSync(join(volume, 'file'), 'content\n');
    const bind = (source: string, destination: string, ...options: string[]) => ({
      ...{ destination, type: 'bind', source },
      options,
    });
    const mounts = [
      ...MOUNTS,
      bind(volume, '/data', 'rbind', 'rprivate'),
      bind(volume, '/fixed', 'rbind', 'rprivate', 'ro'),
      bind(join(volume, 'file'), '/etc/deep/file', 'rbind', 'rprivate', 'ro'),
    ];
    const script =
      'cat /etc/deep/file; echo new > /data/new; touch /fixed/new; grep -c -E " (shared|master):" /proc/self/mountinfo';
    const { text } = await run(script, { mounts });
    assert.equal(text, 'content\ntouch: /fixed/new: Read-only file system\n0\n');
    assert.equal(readFileSync(join(volume, 'new'), 'utf8'), 'new\n');
  });

  it("is told of in Docker's words when its command or directory is not there, and leaves nothing", async () => {
    const cases = [
      [{ args: ['nope'] }, 'COMMAND_NOT_FOUND', /exec: "nope": executable file not found in \$PATH: unknown$/],
      [{ args: ['/etc'] }, 'COMMAND_NOT_EXECUTABLE', /exec: "\/etc": is a directory: unknown$/],
      [{ args: ['/etc/passwd'] }, 'COMMAND_NOT_EXECUTABLE', /exec: "\/etc\/passwd": permission denied: unknown$/],
      [
        { args: ['sh'], cwd: '/etc/passwd' },
        'START_FAILED',
        /chdir to cwd \("\/etc\/passwd"\) set in config.json failed: not a directory/,
      ],
    ] as const;
    for (const [process, code, text] of cases) {
      await assert.rejects(start([], { process }), (error: Error) => isCode(error, code) && text.test(error.message));
      assert.ok(!existsSync(join(home, `s${count}`)));
    }
    await run('exit 0', { process: { cwd: '/made/for/it' } });
  });

  it('is found again by another engine, running or ended', async () => {
    const { container, sandbox, stream } = await start(['sh', '-c', 'read x; exit $x'], {}, { openStdin: true });
    sandbox.cell.close();
    const again = await ContainerProcess.reconnect(container.directory);
    assert.ok(again instanceof ContainerProcess);
    assert.equal(again.pid, container.pid);
    stream.write('23\n');
    assert.equal((await again.exited).code, 23);
    const record = await ContainerProcess.reconnect(container.directory);
    assert.ok(record && !(record instanceof ContainerProcess));
    assert.equal(record.code, 23);
    assert.equal(await ContainerProcess.reconnect(join(home, 'volume')), undefined);
  });

  it('whose monitor is killed is lost, not forgotten', async () => {
    const { container, sandbox } = await start(['sleep', '1000']);
    process.kill(sandbox.cell.pid, 'SIGKILL');
    await assert.rejects(container.exited, (error: Error) => isCode(error, 'CONTAINER_LOST'));
    assert.equal(await ContainerProcess.reconnect(container.directory), undefined);
  });
});
