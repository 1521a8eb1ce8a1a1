import assert from 'node:assert/strict';
import { suite } from './support/suite.ts';

suite('run --replace', {}, ({ ours }) => {
  ours('ends and removes the container that has the name', async ({ cli }) => {
    const old = await cli.ok(['run', '-d', '--name', 'repl', 'busybox', 'sleep', '600']);
    assert.match((await cli.run(['create', '--name', 'repl', 'busybox'])).stderr, /name "\/repl" is already in use/);
    const next = await cli.ok(['run', '-d', '--replace', '--name', 'repl', 'busybox', 'sleep', '601']);
    assert.equal(await cli.ok(['inspect', '-f', '{{.Id}} {{.State.Running}}', 'repl']), `${next} true`);
    assert.match((await cli.run(['inspect', old])).stderr, /no such object/i);
    const last = await cli.ok(['create', '--replace', '--name', 'repl', 'busybox', 'true']);
    assert.equal(await cli.ok(['ps', '-aq', '--no-trunc']), last);
    await cli.ok(['rm', 'repl']);
    // Nothing to replace is fine.
    assert.equal(await cli.ok(['run', '--rm', '--replace', '--name', 'repl', 'busybox', 'echo', 'new']), 'new');
    assert.match((await cli.run(['run', '--replace', 'busybox'])).stderr, /cannot replace a container without --name/);
  });

  ours('the old one stays, running, when the new one cannot be made', async ({ cli, engine }) => {
    const old = await cli.ok(['run', '-d', '--rm', '--name', 'stay', 'busybox', 'sleep', '600']);
    const bad = [['--memory', '1k', 'busybox'], ['--security-opt', 'what=ever', 'busybox'], ['no-such-image-at-all']];
    for (const options of bad) {
      assert.notEqual((await cli.run(['run', '-d', '--replace', '--name', 'stay', ...options])).code, 0);
      assert.equal(await cli.ok(['inspect', '-f', '{{.Id}} {{.State.Running}}', 'stay']), `${old} true`);
    }
    // One that goes away with its process is replaced as well.
    const next = await cli.ok(['run', '-d', '--replace', '--name', 'stay', 'busybox', 'sleep', '602']);
    assert.equal(await cli.ok(['ps', '-aq', '--no-trunc']), next);
    await engine.removeContainers();
  });

  ours('many at once leave exactly one, and its name is never free', async ({ cli, engine }) => {
    await cli.ok(['run', '-d', '--rm', '--name', 'one', 'busybox', 'sleep', '600']);
    const body = { Image: 'busybox', Cmd: ['sleep', '600'], HostConfig: { NetworkMode: 'none' } };
    const path = '/containers/create?name=one';
    const made = Promise.all(
      Array.from({ length: 8 }, async () => {
        const { status, json, text } = await engine.api('POST', `${path}&wharf-replace=1`, body);
        assert.equal(status, 201, text);
        await engine.api('POST', `/containers/${(json as { Id: string }).Id}/start`);
      }),
    );
    let over = false;
    const watch = async () => {
      while (!over) {
        const { status } = await engine.api('POST', path, body);
        assert.equal(status, 409);
      }
    };
    await Promise.all([made.finally(() => (over = true)), watch()]);
    assert.equal((await cli.ok(['ps', '-aq'])).split('\n').length, 1);
    await engine.removeContainers();
  });
});
