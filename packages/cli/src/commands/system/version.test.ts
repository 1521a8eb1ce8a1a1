import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FakeEngine, startFakeEngine } from '../../testing/fake-engine.ts';
import { dockerVersion, runDocker } from '../../testing/real-docker.spawn.ts';
import { runWharf } from '../../testing/run-wharf.ts';
import { sampleRoutes } from '../../testing/sample-engine.ts';

const docker = dockerVersion()?.startsWith('28.') === true;

describe('version', () => {
  let engine: FakeEngine;
  let config: string;
  before(async () => {
    engine = await startFakeEngine(sampleRoutes());
    config = mkdtempSync(join(tmpdir(), 'wharf-config-'));
  });
  after(async () => {
    await engine.close();
    rmSync(config, { recursive: true });
  });
  const nowhere = (): string => `unix://${config}/none.sock`;

  it('shows the client, the negotiated version and all components of the engine', async () => {
    const { stdout, code } = await runWharf(engine.host, config, ['version']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^Client:\n Version: {11}\d+\.\d+\.\d+\n API version: {7}1\.50 \(downgraded from 1\.\d+\)\n Runtime: {11}\w+ \d/,
    );
    assert.match(stdout, /\n Context: {11}default\n\nServer: Wharf Engine\n Engine:\n {2}Version: {10}0\.1\.0\n/);
  });

  it("shows the engine as Docker's client does", { skip: !docker && 'no Docker 28 client here' }, async () => {
    const server = (text: string): string => text.slice(text.indexOf('\nServer:'));
    const [want, got] = [
      await runDocker(engine.host, config, ['version']),
      await runWharf(engine.host, config, ['version']),
    ];
    assert.equal(server(got.stdout), server(want.stdout));
  });

  it('shows the client when no engine is there, and fails', async () => {
    const { stdout, stderr, code } = await runWharf(nowhere(), config, ['version']);
    assert.equal(code, 1);
    assert.match(stdout, /^Client:\n/);
    assert.doesNotMatch(stdout, /Server/);
    assert.match(stderr, /^Cannot connect to the/);
    const formatted = await runWharf(nowhere(), config, ['version', '--format', '{{.Client.Context}}']);
    assert.deepEqual([formatted.stdout, formatted.code], ['default\n', 1]);
  });

  it('leaves the engine alone when info asks only for facts of the client', async () => {
    const { stdout, code } = await runWharf(nowhere(), config, ['info', '--format', '{{.ClientInfo.Context}}']);
    assert.deepEqual([stdout, code], ['default\n', 0]);
  });

  it('prints an empty list and one error when inspect reaches no engine', async () => {
    const { stdout, stderr, code } = await runWharf(nowhere(), config, ['inspect', 'a', 'b']);
    assert.deepEqual([stdout, code], ['[]\n', 1]);
    assert.equal(stderr.match(/Cannot connect/g)?.length, 1);
  });
});

describe('formats of config.json', () => {
  it('apply to ps and images unless the call says otherwise', async () => {
    const engine = await startFakeEngine(sampleRoutes());
    const config = mkdtempSync(join(tmpdir(), 'wharf-config-'));
    writeFileSync(
      join(config, 'config.json'),
      '{"psFormat":"table {{.Names}}\\\\t{{.Size}}","imagesFormat":"{{.ID}}!"}',
    );
    const lines = [
      ['ps'],
      ['ps', '-q'],
      ['ps', '--format', '{{.ID}}'],
      ['images'],
      ['images', '-q'],
      ['images', '--format', 'table'],
    ];
    const heads: string[] = [];
    for (const args of lines) {
      const got = await runWharf(engine.host, config, args);
      if (docker) assert.deepEqual(got, await runDocker(engine.host, config, args), args.join(' '));
      heads.push((got.stdout.split('\n')[0] ?? '').slice(0, 13));
    }
    const sized = engine.seen
      .filter((request) => request.path === '/containers/json')
      .map((request) => request.query['size']);
    assert.equal(sized[0], '1');
    assert.equal(sized.at(-1), undefined);
    assert.deepEqual(heads, [
      'NAMES        ',
      '0c0ffee0c0ff',
      '0c0ffee0c0ff',
      '01dea01dea01!',
      '01dea01dea01',
      'REPOSITORY   ',
    ]);
    await engine.close();
    rmSync(config, { recursive: true });
  });
});
