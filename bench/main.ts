/**
 * `npm run bench [-- --iterations N] [-- --only NAME,…] [-- --record]`: the same work on our engine and on Debian's dockerd, taking turns, with
 * the same `docker` client. Installs nothing and writes nothing but, with --record, bench/RESULTS.md.
 */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type EngineKind, TestEngine } from '@wharf/testkit';
import { provideImages } from '../e2e/support/provide-images.ts';
import { takingTurns, type Work } from './measure.spawn.ts';
import { measureMemory } from './memory.ts';
import { circumstances, type Row, table } from './report.ts';
import { type Subject, subjectOf } from './scenario.ts';
import { copying } from './scenarios/copying.ts';
import { crowd } from './scenarios/crowd.ts';
import { fullHouse } from './scenarios/full-house.ts';
import { listing } from './scenarios/listing.ts';
import { output } from './scenarios/output.ts';
import { verbs } from './scenarios/verbs.ts';

const RUN: readonly (readonly [what: string, args: readonly string[], goal: string])[] = [
  ['docker run --rm busybox true', ['run', '--rm', 'busybox', 'true'], '≥ 6 x, aim 10 x'],
  ['… --network none', ['run', '--rm', '--network', 'none', 'busybox', 'true'], '≥ 6 x'],
  ['docker ps -a', ['ps', '-a'], ''],
];

function installed(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, program)));
}

async function startEngine(kind: EngineKind): Promise<TestEngine> {
  // On disk, as in real life.
  const engine = await TestEngine.start({ kind, directory: mkdtempSync('/var/tmp/wharf-bench-') });
  await provideImages(engine, ['busybox'], kind);
  return engine;
}

/** Times of the same commands on all engines, and of each engine's client for `version`. */
function measureTimes(ours: TestEngine, theirs: TestEngine | undefined, iterations: number): Row[] {
  const engines = theirs === undefined ? [ours] : [ours, theirs];
  const row = (what: string, works: readonly Work[], goal: string): Row => {
    process.stderr.write(`bench: ${what} …\n`);
    const [mine = [], other] = takingTurns(works, iterations);
    return { what, unit: 'ms', ours: mine, goal, ...(other === undefined ? {} : { theirs: other }) };
  };
  const rows = RUN.map(([what, args, goal]) =>
    row(
      what,
      engines.map((engine) => engine.docker.work(args)),
      goal,
    ),
  );
  const versions = [ours.wharf.work(['version']), ...(theirs === undefined ? [] : [theirs.docker.work(['version'])])];
  rows.push(row('wharf version / docker version', versions, '≥ 0.67 x'));
  rows.push(row('wharf run --rm busybox true', [ours.wharf.work(['run', '--rm', 'busybox', 'true'])], ''));
  return rows;
}

async function memoryRows(ours: TestEngine, theirs: TestEngine | undefined): Promise<Row[]> {
  const mine = await measureMemory(ours);
  const other = theirs === undefined ? undefined : await measureMemory(theirs);
  const row = (what: string, pick: keyof typeof mine, goal: string): Row => ({
    what,
    unit: 'MB',
    ours: [mine[pick] / 1024],
    goal,
    ...(other === undefined ? {} : { theirs: [other[pick] / 1024] }),
  });
  return [
    row('engine idle, RSS', 'idleRss', '≤ 120 MB'),
    row('one running container, PSS', 'perContainer', '≤ 0.5 MB'),
  ];
}

type Part = (subjects: readonly Subject[], iterations: number) => Promise<Row[]>;

/** Parts of the benchmark by the name that --only takes; what takes seconds is done fewer times. */
const PARTS: Readonly<Record<string, Part>> = {
  memory: ([ours, theirs]) => (ours === undefined ? Promise.resolve([]) : memoryRows(ours.engine, theirs?.engine)),
  commands: ([ours, theirs], iterations) =>
    Promise.resolve(ours === undefined ? [] : measureTimes(ours.engine, theirs?.engine, iterations)),
  verbs,
  crowd: (subjects, iterations) => crowd(subjects, Math.ceil(iterations / 10)),
  output: (subjects, iterations) => output(subjects, Math.ceil(iterations / 10)),
  listing,
  copying: (subjects, iterations) => copying(subjects, Math.ceil(iterations / 6)),
  'full-house': ([ours]) => (ours === undefined ? Promise.resolve([]) : fullHouse(ours)),
};

async function measure(names: readonly string[], engines: readonly TestEngine[], iterations: number): Promise<Row[]> {
  const subjects = engines.map(subjectOf);
  const rows: Row[] = [];
  for (const name of names) {
    process.stderr.write(`bench: ${name} …\n`);
    rows.push(...((await PARTS[name]?.(subjects, iterations)) ?? []));
  }
  for (const { api } of subjects) api.close();
  return rows;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      iterations: { type: 'string', default: '30' },
      record: { type: 'boolean' },
      only: { type: 'string', default: Object.keys(PARTS).join(',') },
    },
  });
  const iterations = Math.max(1, Math.min(Number(values.iterations) || 30, 1000));
  const compare = installed('dockerd');
  if (!compare) process.stderr.write('bench: dockerd is not installed: there is nothing to compare with\n');
  const engines: TestEngine[] = [];
  try {
    const ours = await startEngine('wharf');
    engines.push(ours);
    const theirs = compare ? await startEngine('dockerd') : undefined;
    if (theirs !== undefined) engines.push(theirs);
    const rows = await measure(values.only.split(','), engines, iterations);
    const client = await ours.docker.ok(['version', '--format', '{{.Client.Version}}']);
    const server = await theirs?.docker.ok(['version', '--format', '{{.Server.Version}}']);
    const facts = circumstances({
      Node: process.versions.node,
      'docker client': client,
      dockerd: server ?? 'not installed',
      iterations: String(iterations),
    });
    const text = `${facts}\n\n${table(rows)}\n`;
    process.stdout.write(text);
    if (values.record) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), `${PREFACE}\n${text}`);
  } finally {
    for (const engine of engines) await engine.stop();
  }
}

const PREFACE = `# Benchmark results

Written by \`npm run bench -- --record\`. Both engines do the same work on the same machine in the same run, taking turns, with
the same \`docker\` client; a ratio above 1 means that Wharf is faster or smaller. Memory of a container is what it costs outside of
itself: its monitor or shim and the growth of the engine, over 20 containers, as proportional set size.
`;

await main();
