import assert from 'node:assert/strict';
import { type TestEngine, TestRegistry } from '@wharf/testkit';
import { serveImage } from './support/make-image.ts';
import { rawTar } from './support/raw-tar.ts';
import { suite } from './support/suite.ts';

interface Item {
  readonly Id: string;
  readonly SizeRw?: number;
  readonly SharedSize: number;
  readonly Size: number;
  readonly Containers: number;
}
interface Answer {
  readonly LayersSize: number;
  readonly Images: readonly Item[] | null;
  readonly Containers: readonly Item[] | null;
  readonly Volumes: readonly unknown[] | null;
  readonly BuildCache: readonly unknown[] | null;
}

async function usage(engine: TestEngine, query = ''): Promise<Answer> {
  return (await engine.api('GET', `/v1.50/system/df${query}`)).json as Answer;
}

async function written(engine: TestEngine, id: string): Promise<number | undefined> {
  return (await usage(engine, '?type=container')).Containers?.find(({ Id }) => Id === id)?.SizeRw;
}

suite('system df', {}, ({ both, once, ours }) => {
  once('the bytes that a container wrote, again after it was started again', async ({ cli, engine }) => {
    const script = 'head -c 12345 /dev/zero >> /data; head -c 55 /dev/zero > /etc/more';
    const id = await cli.ok(['create', '--network', 'none', 'busybox', 'sh', '-c', script]);
    assert.equal(await written(engine, id), 0);
    await cli.ok(['start', '-a', id]);
    assert.equal(await written(engine, id), 12_400);
    assert.equal(await written(engine, id), 12_400);
    await cli.ok(['start', '-a', id]);
    assert.equal(await written(engine, id), 24_745);
    await cli.ok(['rm', id]);
  });

  once('only the types that are asked for; from 1.52 on sums, with objects on demand', async ({ engine, cli }) => {
    const id = await cli.ok(['create', 'busybox', 'true']);
    const some = await usage(engine, '?type=container&type=build-cache');
    assert.deepEqual([some.Images, some.Volumes, some.LayersSize, some.BuildCache], [null, null, 0, []]);
    assert.equal(some.Containers?.length, 1);
    const unknown = await engine.api('GET', '/v1.50/system/df?type=lint');
    assert.deepEqual([unknown.status, unknown.text], [400, '{"message":"unknown object type: lint"}\n']);
    // Clients of that time did not choose.
    assert.notEqual(((await engine.api('GET', '/v1.41/system/df?type=container')).json as Answer).Images, null);
    await cli.ok(['rm', id]);
  });

  ours('sums of API 1.52 and newer', async ({ engine, cli }) => {
    const id = await cli.ok(['create', 'busybox', 'true']);
    const sums = async (path: string) => (await engine.api('GET', path)).json as Record<string, { Items?: unknown[] }>;
    const brief = await sums('/v1.55/system/df?type=container&type=image');
    assert.deepEqual(Object.keys(brief).sort(), ['ContainerUsage', 'ImageUsage']);
    assert.deepEqual(brief['ContainerUsage'], { ActiveCount: 0, TotalCount: 1, Reclaimable: 0, TotalSize: 0 });
    const verbose = await sums('/v1.55/system/df?verbose=1');
    assert.equal(verbose['ContainerUsage']?.Items?.length, 1);
    assert.deepEqual(verbose['VolumeUsage']?.Items, []);
    assert.ok('LayersSize' in (await sums('/v1.52/system/df')));
    await cli.ok(['rm', id]);
  });

  ours('the output is that of the real docker, byte for byte', async ({ engine }) => {
    const { wharf, docker } = engine;
    await wharf.ok(['run', '--name', 'wrote', 'busybox', 'sh', '-c', 'head -c 77777 /dev/zero > /x']);
    await wharf.ok(['run', '-d', '--name', 'runs', 'busybox', 'sh', '-c', 'head -c 500 /dev/zero > /y; sleep 600']);
    await wharf.ok(['exec', 'runs', 'test', '-s', '/y']);
    for (const options of [
      [],
      ['-v'],
      ['--format', 'json'],
      ['--format', '{{.Type}} {{.Reclaimable}}'],
      ['-v', '--format', 'raw'],
    ]) {
      const [ours, theirs] = await Promise.all([wharf, docker].map((cli) => cli.ok(['system', 'df', ...options])));
      assert.equal(ours, theirs);
      assert.match(ours ?? '', /77\.\dkB|78\.3kB|Images/);
    }
    await wharf.ok(['rm', '-f', 'wrote', 'runs']);
  });

  both('volumes: bytes, users, and what a prune of everything takes', async ({ cli, engine }) => {
    const name = `df-${cli.name}`;
    const script = 'head -c 5000 /dev/zero > /named/x; head -c 300 /dev/zero > /anonymous/y';
    const id = await cli.ok(['create', '-v', `${name}:/named`, '-v', '/anonymous', 'busybox', 'sh', '-c', script]);
    await cli.ok(['start', '-a', id]);
    const sizes = async () => {
      const volumes = (await usage(engine, '?type=volume')).Volumes as {
        UsageData: { Size: number; RefCount: number };
      }[];
      return volumes.map(({ UsageData }) => [UsageData.Size, UsageData.RefCount]).sort();
    };
    assert.deepEqual(await sizes(), [
      [300, 1],
      [5000, 1],
    ]);
    assert.match(await cli.ok(['system', 'df']), /^Local Volumes {3}2 {9}2 {9}5\.3kB {5}0B \(0%\)$/m);
    const told = cli.name === 'wharf' ? await cli.ok(['system', 'prune', '--volumes', '--dry-run']) : '';
    const done = await cli.ok(['system', 'prune', '-f', '--volumes']);
    const anonymous = /^Deleted Volumes:\n([0-9a-f]{64})$/m.exec(done)?.[1] ?? 'none';
    if (told !== '') assert.ok(told.includes(anonymous) && told.endsWith('(300 bytes)'), told);
    assert.deepEqual((await sizes()).length, 1);
    await cli.ok(['volume', 'rm', name]);
  });

  both('layers that images share are counted once', async ({ cli, engine }) => {
    const registry = await TestRegistry.start();
    try {
      const base = await rawTar([{ name: 'base', data: 'b'.repeat(100_000) }]);
      const layer = (data: string) => rawTar([{ name: 'own', data }]);
      const before = (await usage(engine)).LayersSize;
      const one = serveImage(registry, 'df/one', '1', { layers: [base, await layer('x'.repeat(20))] });
      const two = serveImage(registry, 'df/two', '1', { layers: [base, await layer('y'.repeat(3))] });
      await cli.ok(['pull', '-q', one]);
      await cli.ok(['pull', '-q', two]);
      const { Images, LayersSize } = await usage(engine);
      assert.equal(LayersSize - before, 100_023);
      const sizes = Images?.filter(({ SharedSize }) => SharedSize > 0).map(({ Size, SharedSize }) => [
        Size,
        SharedSize,
      ]);
      assert.deepEqual(sizes?.sort(), [
        [100_003, 100_000],
        [100_020, 100_000],
      ]);
      await cli.ok(['rmi', one, two]);
    } finally {
      await registry.close();
    }
  });
});

suite('prunes of everything, and prunes that only tell', {}, ({ both, ours }) => {
  both('system prune asks as Docker does, and goes through containers and images', async ({ cli }) => {
    const label = `label=sp=${cli.name}`;
    const id = await cli.ok(['create', '--label', `sp=${cli.name}`, 'busybox', 'true']);
    const asked = await cli.run(['system', 'prune', '-a', '--filter', label], { input: 'n\n' });
    assert.equal(asked.code, 0);
    assert.equal(
      asked.stdout,
      `WARNING! This will remove:
  - all stopped containers
  - all networks not used by at least one container
  - all images without at least one container associated to them
  - all build cache

  Items to be pruned will be filtered with:
  - ${label}

Are you sure you want to continue? [y/N] `,
    );
    const done = await cli.ok(['system', 'prune', '-f', '--filter', label]);
    assert.equal(done, `Deleted Containers:\n${id}\n\nTotal reclaimed space: 0B`);
    assert.equal(await cli.ok(['system', 'prune', '-f', '--filter', label]), 'Total reclaimed space: 0B');
    const until = await cli.run(['system', 'prune', '--volumes', '--filter', 'until=1h']);
    assert.deepEqual([until.code, until.stderr], [1, 'ERROR: The "until" filter is not supported with "--volumes"\n']);
    assert.match((await cli.run(['system', 'prune', '-f', '--filter', 'x=y'])).stderr, /invalid filter 'x'/);
  });

  ours('a dry run removes nothing and tells exactly what the prune then takes', async ({ cli, engine }) => {
    const registry = await TestRegistry.start();
    try {
      const layer = await rawTar([{ name: 'own', data: 'z'.repeat(4321) }]);
      const image = serveImage(registry, 'dry/run', '1', { layers: [layer], config: { Cmd: ['/own'] } });
      await cli.ok(['pull', '-q', image]);
      const id = await cli.ok(['create', image]);
      const wrote = await cli.ok(['run', '-d', 'busybox', 'sh', '-c', 'head -c 1000 /dev/zero > /x']);
      await cli.ok(['wait', wrote]);
      const prune = (...options: string[]) => cli.ok(['system', 'prune', '-a', '-f', ...options]);
      const before = await usage(engine);
      const events = cli.start([
        'events',
        '--filter',
        'event=prune',
        '--filter',
        'event=destroy',
        '--format',
        '{{.Action}}',
      ]);
      const told = await prune('--dry-run');
      const containers = await cli.ok(['container', 'prune', '--dry-run']);
      assert.match(
        containers,
        /^Containers that would be deleted:\n[^]*\n\nSpace that would be reclaimed: 1kB \(1000 bytes\)$/,
      );
      // Its container still needs the image; busybox is needed, too.
      assert.equal(await cli.ok(['image', 'prune', '-a', '--dry-run']), 'Space that would be reclaimed: 0B (0 bytes)');
      assert.deepEqual(await usage(engine), before);
      assert.ok(told.includes(id) && told.includes(wrote) && told.includes(`untagged: ${image}`), told);
      events.kill('SIGTERM');
      assert.equal((await events.exited).stdout, '');
      const bytes = Number(/\((\d+) bytes\)$/.exec(told)?.[1]);
      const after = before.LayersSize + 1000 - bytes;
      const done = await prune();
      const things = (text: string) =>
        text.split('\n').filter((line) => /^[0-9a-f]{64}$|^(untagged|deleted): /.test(line));
      assert.deepEqual(things(told), things(done));
      assert.equal((await usage(engine)).LayersSize, after);
    } finally {
      await registry.close();
    }
  });
});
