import assert from 'node:assert/strict';
import { checkEmpty, checkState } from './support/storm/check-state.ts';
import { FORESEEN, storm } from './support/storm/storm.ts';
import { suite } from './support/suite.ts';

/** `npm run stress` makes it long. */
const SECONDS = Number(process.env['WHARF_STORM_SECONDS'] ?? 5);
const CLIENTS = Number(process.env['WHARF_STORM_CLIENTS'] ?? 60);
const SEED = Number(process.env['WHARF_STORM_SEED'] ?? 1);

suite('storm', {}, ({ ours }) => {
  ours(`${CLIENTS} clients do random things to the same containers for ${SECONDS} s`, async ({ engine, t }) => {
    t.after(() => engine.removeContainers());
    const pid = engine.pid;
    const logged = (await engine.log()).length;
    const options = {
      socket: engine.places.socket,
      seed: SEED,
      clients: CLIENTS,
      seconds: SECONDS,
      most: SECONDS * 2_000,
    };
    const { done, statuses, failures } = await storm(options);
    const counts = [...statuses].sort().map(([key, count]) => `${key}: ${count}`);
    t.diagnostic(`seed ${SEED}: ${done} operations; ${counts.join(', ')}`);
    assert.deepEqual(failures, [], `WHARF_STORM_SEED=${SEED}`);
    const log = (await engine.log()).slice(logged);
    assert.doesNotMatch(log, / error /);
    assert.equal(engine.pid, pid);
    await checkState(engine);
    await engine.removeContainers();
    await checkEmpty(engine);
    // It works as if nothing had happened.
    assert.equal(await engine.wharf.ok(['run', '--rm', 'busybox', 'echo', 'calm']), 'calm');
  });

  ours('two clients that want opposite things agree in the end', async ({ engine, cli }) => {
    const id = await cli.ok(['create', '--network', 'none', 'busybox', 'sleep', '600']);
    const again = async (times: number, method: string, path: string) => {
      for (let count = 0; count < times; count += 1) {
        const { status, text } = await engine.api(method, path);
        assert.ok(status < 500 || FORESEEN.test(text), `${method} ${path}: ${status} ${text}`);
      }
    };
    await Promise.all([
      again(15, 'POST', `/containers/${id}/start`),
      again(15, 'POST', `/containers/${id}/kill`),
      again(15, 'POST', `/containers/${id}/pause`),
      again(15, 'POST', `/containers/${id}/unpause`),
      again(15, 'POST', `/containers/${id}/stop?t=0`),
    ]);
    await checkState(engine);
    await Promise.all([again(1, 'DELETE', `/containers/${id}?force=1`), again(3, 'POST', `/containers/${id}/start`)]);
    await checkEmpty(engine);
  });
});
