import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RootfsView } from './rootfs-view.ts';

const dir = mkdtempSync(join(tmpdir(), 'wharf-view-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('the topmost file counts, links stay in the root, and what is no directory hides the layers below', () => {
  const [top, middle, bottom] = ['top', 'middle', 'bottom'].map((name) => join(dir, name)) as [string, string, string];
  mkdirSync(join(top, 'etc'), { recursive: true });
  mkdirSync(join(middle, 'etc'), { recursive: true });
  mkdirSync(join(bottom, 'etc'), { recursive: true });
  mkdirSync(join(bottom, 'opt'));
  mkdirSync(join(top, 'opt'));
  writeFileSync(join(bottom, 'etc/passwd'), 'old');
  writeFileSync(join(middle, 'etc/passwd'), 'new');
  writeFileSync(join(bottom, 'etc/group'), 'group');
  writeFileSync(join(middle, 'opt'), 'a file in between');
  writeFileSync(join(bottom, 'opt/hidden'), 'hidden');
  symlinkSync('/../../../../etc/group', join(top, 'link'));
  symlinkSync('loop', join(top, 'loop'));
  const view = new RootfsView([top, middle, bottom]);
  const text = (path: string) => view.readFile(path)?.toString();
  assert.equal(text('/etc/passwd'), 'new');
  assert.equal(text('etc/../etc/./group'), 'group');
  assert.equal(text('/link'), 'group');
  assert.equal(text('/opt/hidden'), undefined);
  assert.equal(text('/etc'), undefined);
  assert.equal(text('/nothing/at/all'), undefined);
  assert.throws(() => text('/loop'), /too many symbolic links/);
});
