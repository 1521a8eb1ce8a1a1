import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkEmpty, checkState } from './support/storm/check-state.ts';
import { rawRequest } from './support/storm/raw-request.ts';
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

  ours('clients that stop reading cost nothing: memory stays bounded, others are served', async ({ engine, cli }) => {
    const script = 'while :; do head -c 500000 /dev/zero | tr "\\0" x; echo; sleep 0.02; done';
    const id = await cli.ok([
      'run',
      '-d',
      '--network',
      'none',
      '--log-opt',
      'max-size=20m',
      'busybox',
      'sh',
      '-c',
      script,
    ]);
    const memory = (): number =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1] ?? 0);
    const before = memory();
    const deaf = ['logs?follow=1&stdout=1', 'attach?stream=1&stdout=1', 'attach?stream=1&stdout=1&logs=1', 'stats'];
    const leaving = { deaf: true, leaveAfter: 3_000, patience: 10_000 };
    const clients = [...deaf, ...deaf].map((path) =>
      rawRequest(
        engine.places.socket,
        path.startsWith('attach') ? 'POST' : 'GET',
        `/containers/${id}/${path}`,
        leaving,
      ),
    );
    for (let looks = 0; looks < 10; looks += 1) {
      assert.match(await cli.ok(['logs', '--tail', '1', id]), /x|^$/);
      assert.ok(memory() < before + 300_000, `${memory()} kB, ${before} kB before`);
    }
    await Promise.all(clients);
    await cli.ok(['rm', '-f', id]);
    await checkEmpty(engine);
  });

  ours('a container that is removed while it starts, stops, executes and streams', async ({ engine, cli }) => {
    for (let round = 0; round < 3; round += 1) {
      const id = await cli.ok([
        'create',
        '--network',
        'none',
        'busybox',
        'sh',
        '-c',
        'while :; do echo x; sleep 0.01; done',
      ]);
      const ask = (method: string, path: string, body?: unknown) =>
        rawRequest(engine.places.socket, method, path, { patience: 30_000, ...(body === undefined ? {} : { body }) });
      const started = ask('POST', `/containers/${id}/start`);
      if (round % 3 > 0) await started;
      const others = [
        ask('GET', `/containers/${id}/logs?follow=1&stdout=1`),
        ask('POST', `/containers/${id}/attach?stream=1&stdout=1`),
        ask('GET', `/containers/${id}/stats`),
        ask('POST', `/containers/${id}/wait?condition=removed`),
        ask('POST', `/containers/${id}/exec`, { Cmd: ['sleep', '9'], AttachStdout: true }).then(({ status, text }) =>
          status === 201 ? ask('POST', `/exec/${(JSON.parse(text) as { Id: string }).Id}/start`, {}) : undefined,
        ),
        ...(round % 3 === 2 ? [ask('POST', `/containers/${id}/stop?t=5`)] : []),
      ];
      const removed = await ask('DELETE', `/containers/${id}?force=1`);
      assert.equal(removed.status, 204, removed.text);
      // None of them hangs, and none is a failure of the engine.
      for (const answer of await Promise.all([started, ...others]))
        assert.ok((answer?.status ?? 0) < 500, answer?.text ?? '');
    }
    await checkEmpty(engine);
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
