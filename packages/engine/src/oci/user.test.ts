import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveUser } from './user.ts';

const files = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:44::/srv:/bin/sh\n',
  group: 'root:x:0:\nweb:x:44:\nlogs:x:50:web,other\nwheel:x:10:root\n',
};

test('names and numbers are resolved with the files of the image', () => {
  assert.deepEqual(resolveUser('', [], files), { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' });
  assert.deepEqual(resolveUser('web', [], files), { uid: 33, gid: 44, additionalGids: [44, 50], home: '/srv' });
  assert.deepEqual(resolveUser('33', ['wheel', '7'], files), {
    uid: 33,
    gid: 44,
    additionalGids: [44, 50, 10, 7],
    home: '/srv',
  });
  assert.deepEqual(resolveUser('web:logs', [], files), { uid: 33, gid: 50, additionalGids: [50], home: '/srv' });
  assert.deepEqual(resolveUser('1234:99', [], files), { uid: 1234, gid: 99, additionalGids: [99], home: '/' });
});

test('unknown names are refused with the name in the message', () => {
  assert.throws(() => resolveUser('ghost', [], files), /unable to find user ghost: no matching entries in passwd file/);
  assert.throws(() => resolveUser('web:ghosts', [], files), /unable to find group ghosts/);
  assert.throws(() => resolveUser('4294967295', [], files), /must be in range/);
});
