import assert from 'node:assert/strict';
import { eventually } from '@wharf/testkit';
import { suite } from './support/suite.ts';

const PROGRAM = [
  'import os, sys, time',
  'sys.stdout.write("%d.%d %s %s\\n" % (sys.version_info[0], sys.version_info[1], os.uname()[2], repr(7 / 2)))',
  'sys.stdout.flush()',
  'time.sleep(300)',
].join('\n');

suite('side by side', { images: ['python'] }, ({ once }) => {
  once('two Pythons at the same path on one kernel, at the same time', async ({ cli }) => {
    const run = (tag: string): Promise<string> =>
      cli.ok(['run', '-d', `python:${tag}`, '/usr/bin/python', '-c', PROGRAM]);
    const ids = [await run('2.7'), await run('3')];
    const outputs = await eventually(async () => {
      const logs = await Promise.all(ids.map((id) => cli.ok(['logs', id])));
      return logs.every((log) => log !== '') ? logs : undefined;
    });
    const states = await cli.ok(['inspect', '-f', '{{.State.Status}}', ...ids]);
    assert.equal(states, 'running\nrunning');

    const [two, three] = outputs.map((line) => line.split(' '));
    assert.equal(two?.[0], '2.7');
    assert.equal(three?.[0], '3.11');
    assert.equal(two?.[1], three?.[1], 'the same kernel');
    assert.deepEqual([two?.[2], three?.[2]], ['3', '3.5'], 'each with the arithmetic of its version');
    await cli.ok(['rm', '-f', ...ids]);
  });
});
