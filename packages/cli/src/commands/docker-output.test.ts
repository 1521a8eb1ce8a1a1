import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FakeEngine, startFakeEngine } from '../testing/fake-engine.ts';
import { datedCases, outputCases } from '../testing/output-cases.ts';
import { dockerVersion, type Outcome, runDocker } from '../testing/real-docker.spawn.ts';
import { runWharf } from '../testing/run-wharf.ts';
import { sampleRoutes } from '../testing/sample-engine.ts';
import { VERSION } from '../version.ts';

/** What Docker 28's client answered; `WHARF_RECORD=1` writes it anew where that client is installed. */
const GOLDEN = new URL('../testing/docker-output.golden.json', import.meta.url);

const docker = dockerVersion()?.startsWith('28.') === true;
const record = process.env['WHARF_RECORD'] === '1';

function golden(): Record<string, Outcome> {
  return JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<string, Outcome>;
}

/** Docker's answer in our program's name. */
function translate({ stdout, stderr, code }: Outcome): Outcome {
  const version = stdout.replace(/^(Client:\n Version: +)[\d.]+$/m, `$1${VERSION}`);
  return { stdout: version, stderr: stderr.replaceAll('docker ', 'wharf ').replaceAll("'docker'", "'wharf'"), code };
}

/** A parameter without a value says as much as none. */
function withoutEmpty(query: object): object {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

describe("output of lists, inspect, events and info is that of Docker's client", () => {
  let engine: FakeEngine;
  let config: string;
  const zone = process.env['TZ'];
  before(async () => {
    // Times are shown in local time, and the recorded answers are in UTC.
    process.env['TZ'] = 'UTC';
    engine = await startFakeEngine(sampleRoutes());
    config = mkdtempSync(join(tmpdir(), 'wharf-config-'));
  });
  after(async () => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    await engine.close();
    rmSync(config, { recursive: true });
  });

  it('as recorded', async () => {
    if (record) {
      const answers: Record<string, Outcome> = {};
      for (const args of outputCases) answers[JSON.stringify(args)] = await runDocker(engine.host, config, args);
      writeFileSync(GOLDEN, `${JSON.stringify(answers, null, 2)}\n`);
    }
    const answers = golden();
    const failures: unknown[] = [];
    for (const args of outputCases) {
      const wanted = answers[JSON.stringify(args)];
      const got = await runWharf(engine.host, config, args);
      const want = wanted === undefined ? undefined : translate(wanted);
      try {
        assert.deepEqual(got, want);
      } catch {
        failures.push({ args, got, want });
      }
    }
    assert.deepEqual(failures, []);
  });

  it('as a docker on this machine answers now', { skip: !docker && 'no Docker 28 client here' }, async () => {
    // Both must see the same instants.
    const start = Date.now();
    const still = await startFakeEngine(sampleRoutes(() => start));
    for (const args of datedCases) {
      const [want, got] = [await runDocker(still.host, config, args), await runWharf(still.host, config, args)];
      assert.deepEqual(got, translate(want), args.join(' '));
    }
    await still.close();
  });

  it('after the same requests', { skip: !docker && 'no Docker 28 client here' }, async () => {
    const requests = (): unknown[] =>
      engine.seen
        .filter((request) => request.path !== '/_ping')
        .map(({ method, path, version, query }) => ({ method, path, version, query: withoutEmpty(query) }));
    for (const args of outputCases.filter((words) => !words.includes('--format'))) {
      engine.seen.length = 0;
      await runDocker(engine.host, config, args);
      const want = requests();
      engine.seen.length = 0;
      await runWharf(engine.host, config, args);
      assert.deepEqual(requests(), want, args.join(' '));
    }
  });
});
