import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, type TestEngine } from '@wharf/testkit';
import { provideClientSuites } from '../support/client-suites.ts';
import { type Scene, suite } from '../support/suite.ts';

/** Debian's package python3-docker is for Debian's own Python. */
const PYTHON = '/usr/bin/python3';
const PYTHON_SDK = '/usr/lib/python3/dist-packages/docker/__init__.py';

/** Runs a program of scenarios against the engine: each of them must have been good. */
async function passes(engine: TestEngine, argv: readonly string[]): Promise<void> {
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: engine.places.directory,
    TMPDIR: engine.places.directory,
    DOCKER_HOST: `unix://${engine.places.socket}`,
    PYTHONDONTWRITEBYTECODE: '1',
    // There is no image of Ryuk here; this is the switch that its documentation names.
    TESTCONTAINERS_RYUK_DISABLED: 'true',
  };
  const { code, stdout, stderr } = await runCommand(argv, { env, timeout: 100_000 });
  const lines = stdout.trimEnd().split('\n');
  assert.ok(lines.length >= 5 && lines.every((line) => line.startsWith('ok ')), `${stdout}\n${stderr}`);
  assert.equal(code, 0, stderr);
  assert.deepEqual((await engine.api('GET', '/containers/json?all=1')).json, []);
}

suite('clients that others wrote', {}, ({ ours }) => {
  ours('docker-py', async ({ engine, t }: Scene) => {
    if (!existsSync(PYTHON_SDK)) {
      assert.notEqual(process.env['WHARF_MUST_RUN'], '1', 'not installed: python3-docker');
      t.skip('not installed: python3-docker');
      return;
    }
    await passes(engine, [PYTHON, join(import.meta.dirname, 'docker_py.py')]);
  });

  for (const name of ['dockerode', 'testcontainers']) {
    ours(name, async ({ engine }) => {
      const directory = await provideClientSuites();
      await passes(engine, [process.execPath, join(directory, `${name}.mjs`)]);
    });
  }
});
