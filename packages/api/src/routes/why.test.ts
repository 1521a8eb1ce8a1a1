import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WharfWhy } from '@wharf/spec';
import { startServer } from '../test/harness.ts';

const WHY: WharfWhy = {
  Id: 'c1',
  Name: 'one',
  Status: 'created',
  Cause: 'never-started',
  Summary: 'It was created and never started.',
  Facts: [],
  Advice: [],
  LastOutput: [],
  Ends: [],
};

test('why passes on the container and how many lines are wanted', async () => {
  const asked: unknown[] = [];
  await using server = await startServer({
    why: {
      why: (id, options) => {
        asked.push([id, options]);
        return Promise.resolve(WHY);
      },
    },
  });
  assert.deepEqual(await server.json('/containers/one/wharf-why'), { status: 200, value: WHY });
  await server.json('/v1.41/containers/two/wharf-why?wharf-tail=0');
  assert.deepEqual(asked, [
    ['one', { tail: 5 }],
    ['two', { tail: 0 }],
  ]);
  for (const tail of ['-1', '101', 'all']) {
    assert.equal((await server.json(`/containers/one/wharf-why?wharf-tail=${tail}`)).status, 400);
  }
});
