import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inChild, onHost, type Program } from '@wharf/linux';
import { chaptersOf } from './chapters.ts';

const write = (path: string) => onHost({ op: 'WRITE_FILE', path, flags: 1, mode: 0, data: Buffer.from('1') });
const PROGRAM: Program = [
  write('/sys/fs/cgroup/memory/w/x/memory.limit_in_bytes'),
  onHost({ op: 'STDIN', mode: 0 }),
  inChild({ op: 'HOSTNAME', name: 'box' }),
  inChild({
    op: 'FSMOUNT',
    fstype: 'overlay',
    options: ['lowerdir+=/a', 'lowerdir+=/b', 'upperdir=/c'],
    attributes: 0,
    flags: 1,
    target: '/s',
  }),
  inChild({ op: 'ROOT', path: '/s' }),
  inChild({ op: 'FSMOUNT', fstype: 'proc', options: [], attributes: 0, flags: 0, target: '/proc' }),
  inChild({ op: 'MASK', path: '/proc/kcore' }),
  inChild({ op: 'STDIO', mode: 1, rows: 0, columns: 0 }),
  inChild({ op: 'PIVOT' }),
  inChild({ op: 'BOUNDING', mask: 3n }),
  inChild({ op: 'USER', uid: 7, gid: 8, groups: Buffer.alloc(0) }),
  inChild({ op: 'EXEC', file: 'true', arguments: ['true'], environment: [] }),
  onHost({ op: 'RUN' }),
];

test('a program is cut where its subject changes, and nothing of it is lost or moved', () => {
  const chapters = chaptersOf(PROGRAM);
  assert.deepEqual(
    chapters.map(({ area }) => area),
    ['limits', 'setup', 'root', 'mounts', 'pivot', 'security', 'exec'],
  );
  assert.deepEqual(
    chapters.flatMap(({ program }) => program),
    PROGRAM,
  );
});

test('the sentences tell what is in the program', () => {
  const text = (area: string) => chaptersOf(PROGRAM).find((chapter) => chapter.area === area)?.text ?? '';
  assert.match(text('limits'), /1 file \(memory\.limit_in_bytes\)/);
  assert.match(text('root'), /2 read-only layers/);
  assert.match(text('mounts'), /mounted \/proc, .*1 path/);
  assert.match(text('security'), /all but 2 capabilities.*user 7, group 8/);
  assert.match(text('exec'), /executed true/);
  assert.deepEqual(chaptersOf([]), []);
});
