import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_CAPABILITIES } from '../capabilities/table.ts';
import { Cell } from '../cell/cell.ts';
import { inChild, onHost } from '../program/step.ts';
import { SeccompCompiler } from './compiler.ts';

const CELL = join(import.meta.dirname, '../../../../cell/build/cell');
const CLONE_NEWUTS = 0x04000000;
const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const skip = process.getuid?.() !== 0 || !existsSync(CELL) ? 'needs root and cell' : false;

test('the kernel takes the default filter, and it refuses what it should', { skip }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'wharf-seccomp-'));
  const place = join(directory, 'cell');
  mkdirSync(place);
  const compiler = new SeccompCompiler({ architecture, kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8') });
  const { flags, filter } = compiler.compile(compiler.default(DEFAULT_CAPABILITIES));
  const script =
    'grep Seccomp: /proc/self/status; unshare -U true && echo made; unshare -n true && echo made; mount -t tmpfs x /mnt && echo made; hostname x && echo made; date -u +end';
  const cell = new Cell(CELL);
  try {
    await cell.perform([
      onHost({ op: 'LISTEN', directory: place }),
      onHost({ op: 'LOG', path: join(directory, 'log'), attributes: '', maxSize: 0, maxFiles: 1 }),
      onHost({ op: 'CLONE', flags: CLONE_NEWUTS, cgroup: '' }),
      inChild({ op: 'SESSION' }),
      inChild({ op: 'STDIO', mode: 1, rows: 0, columns: 0 }),
      inChild({ op: 'SECCOMP', flags, filter }),
      inChild({
        op: 'EXEC',
        file: 'sh',
        arguments: ['sh', '-c', `{ ${script}; } 2>&1`],
        environment: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
      }),
      onHost({ op: 'RUN' }),
    ]);
    await cell.gone;
    const log = readFileSync(join(directory, 'log'), 'utf8');
    assert.match(log, /Seccomp:\\t2/);
    assert.match(log, /Operation not permitted/);
    assert.doesNotMatch(log, /made/);
    assert.match(log, /end\\n/);
  } finally {
    cell.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
