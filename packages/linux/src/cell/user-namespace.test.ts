import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inChild, onHost, type Program } from '../program/step.ts';
import { BUILDS, NEW_PID, places } from './cell.test-helper.ts';
import { Cell } from './cell.ts';

const home = places();
after(() => home.remove());

const FIRST = 700_000;
const NEW_NS = NEW_PID | 0x00020000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x40000000; // mnt uts ipc user net
const SLAVE = 16384 | 524_288;
const MAP_IDS = 16;
const DETACHED = 32;
const IN_ROOT = 2;

const bind = (source: string, target: string, flags: number) =>
  ({ op: 'BIND', source, target, flags, set: 0, clear: 0, propagation: 0, kind: 0 }) as const;

/** A child that is root of its own user namespace; its working directory is `staging`. */
function child(staging: string): Program {
  const data = Buffer.from(`0 ${FIRST} 1000\n`);
  return [
    onHost({ op: 'CHDIR', path: staging }),
    onHost({ op: 'CLONE', flags: NEW_NS, cgroup: '' }),
    onHost({ op: 'CHDIR', path: '/' }),
    onHost({ op: 'WRITE_CHILD_PROC', name: 'uid_map', data }),
    onHost({ op: 'WRITE_CHILD_PROC', name: 'gid_map', data }),
    inChild({ op: 'USER', uid: 0, gid: 0, groups: Buffer.alloc(0) }),
    inChild({ op: 'MOUNT', source: '', target: '/', fstype: '', flags: SLAVE, data: '' }),
  ];
}

/** An overlay of the directories `layer` and `own`, whose IDs are mapped, as the child's root. */
function mappedRoot(at: string): Program {
  const staging = join(at, 'staging');
  const data = 'lowerdir=layer,upperdir=own/upper,workdir=own/work';
  return [
    onHost({ op: 'ASIDE', on: 1 }),
    onHost({ op: 'FSMOUNT', fstype: 'tmpfs', options: [], attributes: 0, flags: 1, target: staging }),
    onHost({ op: 'ROOT', path: staging }),
    onHost(bind(join(at, 'layer'), 'layer', MAP_IDS)),
    onHost(bind(join(at, 'own'), 'own', MAP_IDS)),
    onHost({ op: 'MKDIR_IN', path: 'merged', mode: 0o755, uid: 0, gid: 0 }),
    onHost({ op: 'CHDIR', path: staging }),
    onHost({ op: 'FILE_USER', uid: FIRST, gid: FIRST }),
    onHost({ op: 'MOUNT', source: 'overlay', target: 'merged', fstype: 'overlay', flags: 0, data }),
    onHost({ op: 'FILE_USER', uid: 0, gid: 0 }),
    onHost({ op: 'CHDIR', path: '/' }),
    onHost({ op: 'ROOT', path: join(staging, 'merged') }),
    onHost(bind('.', '', IN_ROOT | DETACHED)),
    onHost({ op: 'ASIDE', on: 0 }),
    onHost({ op: 'GIVE' }),
    inChild({ op: 'ROOT', path: '' }),
  ];
}

function prepare(name: string): string {
  const at = home.make(name);
  for (const directory of ['layer/bin', 'layer/proc', 'own/upper', 'own/work', 'staging']) {
    mkdirSync(join(at, directory), { recursive: true });
  }
  copyFileSync('/bin/busybox', join(at, 'layer/bin/busybox'));
  return at;
}

for (const [kind, path] of BUILDS) {
  test(`${kind}: a child in a user namespace gets an overlay whose files keep its IDs on disk`, async () => {
    const at = prepare(`${kind}-mapped`);
    const cell = new Cell(path);
    const end = new Promise<void>((resolve) => {
      cell.onMessage = (message) => message.event === 'exited' && resolve();
      cell.onClosed = resolve;
    });
    const script =
      'cd /; busybox stat -c %u bin/busybox; busybox rm -r bin; echo x > new; busybox chown 5 new; read id < proc/self/uid_map; echo $id';
    await cell.perform([
      onHost({ op: 'LISTEN', directory: at }),
      onHost({ op: 'LOG', path: join(at, 'log'), attributes: '', maxSize: 0, maxFiles: 1 }),
      ...child(join(at, 'staging')),
    ]);
    const exec = { file: '/bin/busybox', arguments: ['sh', '-c', script], environment: ['PATH=/bin'] };
    await cell.perform([
      ...mappedRoot(at),
      inChild({ op: 'FSMOUNT', fstype: 'proc', options: [], attributes: 0, flags: 0, target: '/proc' }),
      inChild({ op: 'STDIO', mode: 1, rows: 0, columns: 0 }),
      inChild({ op: 'PIVOT' }),
      inChild({ op: 'EXEC', ...exec }),
      onHost({ op: 'RUN' }),
    ]);
    await end;
    const lines = readFileSync(join(at, 'log'), 'utf8').trim().split('\n');
    const text = lines.map((line) => (JSON.parse(line) as { log: string }).log).join('');
    assert.match(text, new RegExp(`^0\n0\\s+${FIRST}\\s+1000\n$`));
    assert.equal(statSync(join(at, 'own/upper/new')).uid, 5);
    const whiteout = statSync(join(at, 'own/upper/bin'));
    assert.deepEqual([whiteout.isCharacterDevice(), whiteout.uid], [true, 0]);
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(at), 'a mount is left on the host');
  });

  test(`${kind}: what cannot be given, taken, left or joined is refused`, async () => {
    const at = prepare(`${kind}-refused`);
    const there = '/proc/self/ns/uts';
    for (const [errno, ...steps] of [
      [22, onHost({ op: 'ASIDE', on: 0 })],
      [22, onHost({ op: 'ASIDE', on: 1 }), onHost({ op: 'ASIDE', on: 1 })],
      [22, onHost({ op: 'GIVE' })],
      [22, onHost({ op: 'ROOT', path: at }), onHost(bind('', '/x', 0))],
      [22, onHost({ op: 'ROOT', path: '' })],
      [2, onHost({ op: 'JOIN', paths: [there, '/nowhere'] })],
      [7, onHost({ op: 'JOIN', paths: Array.from({ length: 9 }, () => there) })],
    ] as const) {
      const cell = new Cell(path);
      try {
        await assert.rejects(cell.perform(steps), (error: { details?: { errno?: number } }) => {
          assert.equal(error.details?.errno, errno, JSON.stringify(steps));
          return true;
        });
      } finally {
        cell.close();
        await cell.gone;
      }
    }
  });
}
