import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cli, TestEngine } from '@wharf/testkit';
import { rawCall, tarOf } from './support/archive.ts';
import { SubordinateIds } from './support/subordinate-ids.ts';
import { usernsSuite } from './support/userns-suite.ts';

/** Users that every Debian has; nobody else uses these numbers. */
const REMAP = 'news';
const FIRST = 730_000_000;
const POOL = 'uucp';
const POOL_FIRST = 740_000_000;
const ranges = new SubordinateIds([`${REMAP}:${FIRST}:65536`, `${POOL}:${POOL_FIRST}:200000`]);

const suite = usernsSuite(ranges);

const inContainer = (id: string, path: string) => `/containers/${id}/archive?path=${encodeURIComponent(path)}`;
const onDisk = (path: string) => `${statSync(path).uid}:${statSync(path).gid}`;
const upperOf = (engine: TestEngine, id: string) => join(engine.places.dataRoot, 'images/snapshots', id, 'upper');

/** Owner of the archive's first entry (tar(5)). */
async function ownerSeen(engine: TestEngine, id: string, path: string): Promise<string> {
  const { status, body } = await rawCall(engine, 'GET', inContainer(id, path));
  assert.equal(status, 200, body.toString());
  return [108, 116].map((at) => Number.parseInt(body.toString('latin1', at, at + 7), 8)).join(':');
}

async function put(engine: TestEngine, id: string, path: string): Promise<void> {
  const { status, body } = await rawCall(engine, 'PUT', inContainer(id, path), tarOf({ name: 'in', uid: 7, gid: 8 }));
  assert.equal(status, 200, body.toString());
}

/** A directory of the host with a file of the container's user 33 and one of the host's root. */
function shared(engine: TestEngine, name: string, first: number): string {
  const dir = join(engine.places.directory, name);
  mkdirSync(dir, { recursive: true });
  chownSync(dir, first, first);
  for (const file of ['theirs', 'roots']) writeFileSync(join(dir, file), file);
  chownSync(join(dir, 'theirs'), first + 33, first + 34);
  return dir;
}

/** Copies into, out of and as a whole, with a container that was never started or has ended: as if it ran. */
async function copyBothWays(cli: Cli, engine: TestEngine, options: readonly string[], first: number): Promise<void> {
  for (const state of ['created', 'exited', 'running'] as const) {
    const dir = shared(engine, `${first}-${state}`, first);
    const with_ = [...options, '-v', `${dir}:/b`, '-v', `vol-${first}-${state}:/v`];
    const id = await cli.ok(['create', ...with_, 'busybox', 'sh', '-c', 'touch /mine; chown 5:6 /mine; sleep 60']);
    if (state !== 'created') await cli.ok(['start', id]);
    if (state === 'exited') await cli.ok(['stop', '-t', '0', id]);
    for (const path of ['/tmp', '/v', '/b']) await put(engine, id, path);
    for (const path of ['/tmp/in', '/v/in', '/b/in']) assert.equal(await ownerSeen(engine, id, path), '7:8', path);
    assert.equal(await ownerSeen(engine, id, '/b/theirs'), '33:34', state);
    assert.equal(await ownerSeen(engine, id, '/b/roots'), '65534:65534', state);
    assert.equal(await ownerSeen(engine, id, '/bin/busybox'), '0:0', state);
    assert.equal(onDisk(join(dir, 'in')), `${first + 7}:${first + 8}`, state);
    assert.equal(onDisk(join(upperOf(engine, id), 'tmp/in')), '7:8', state);
    const { Mountpoint } = (
      JSON.parse(await cli.ok(['volume', 'inspect', `vol-${first}-${state}`])) as [{ Mountpoint: string }]
    )[0];
    assert.equal(onDisk(join(Mountpoint, 'in')), '7:8', state);
    const exported = (await rawCall(engine, 'GET', `/containers/${id}/export`)).body;
    const at = exported.indexOf(Buffer.from('tmp/in\0'));
    assert.ok(at > 0, 'the export has it');
    assert.equal(Number.parseInt(exported.toString('latin1', at + 108, at + 115), 8), 7, state);
    await cli.ok(['commit', id, `committed-${first}-${state}`]);
    await cli.ok(['rm', '-f', id]);
  }
}

suite('copies of remapped containers: an engine with --userns-remap', {
  engine: { config: { 'userns-remap': REMAP, 'userns-auto-user': POOL } },
}, ({ ours }) => {
  ours('owners are those of the container, running or not; on disk too', async ({ cli, engine }) => {
    await copyBothWays(cli, engine, [], FIRST);
    // What was committed is seen alike under every map.
    for (const state of ['created', 'exited', 'running'])
      for (const map of ['', 'host', 'auto:size=300']) {
        const run = ['run', '--rm', ...(map === '' ? [] : ['--userns', map]), `committed-${FIRST}-${state}`];
        assert.equal(await cli.ok([...run, 'stat', '-c', '%u:%g', '/tmp/in', '/bin/busybox']), '7:8\n0:0');
        if (state !== 'created') assert.equal(await cli.ok([...run, 'stat', '-c', '%u:%g', '/mine']), '5:6');
      }
  });

  ours('-a gives files to the user of a container that does not run', async ({ cli, engine }) => {
    const id = await cli.ok(['create', '-u', '1000:1001', 'busybox', 'true']);
    const file = join(engine.places.directory, 'archived');
    writeFileSync(file, 'x');
    await cli.ok(['cp', '-a', file, `${id}:/tmp/`]);
    assert.equal(onDisk(join(upperOf(engine, id), 'tmp/archived')), '1000:1001');
    await cli.ok(['rm', id]);
  });

  ours('volumes with options and images are mounted for the time of a copy', async ({ cli, engine }) => {
    const dir = shared(engine, 'device', FIRST);
    const opts = ['--opt', 'type=none', '--opt', 'o=bind', '--opt', `device=${dir}`];
    await cli.ok(['volume', 'create', ...opts, 'driven']);
    const image = ['--mount', 'type=image,src=busybox,dst=/img'];
    const id = await cli.ok(['create', '-v', 'driven:/v', ...image, 'busybox', 'true']);
    assert.equal(await ownerSeen(engine, id, '/v/theirs'), '33:34');
    assert.equal(await ownerSeen(engine, id, '/img/bin/busybox'), '0:0');
    await put(engine, id, '/v');
    assert.equal(onDisk(join(dir, 'in')), `${FIRST + 7}:${FIRST + 8}`);
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes('/driven/_data'), 'nothing stays mounted');
    await cli.ok(['rm', id]);
    await cli.ok(['volume', 'rm', 'driven']);
  });

  ours('volumes and images are filled, mounted and shared under every map', async ({ cli }) => {
    const image = [
      '--mount',
      'type=image,src=busybox,dst=/img',
      '--mount',
      'type=image,src=busybox,dst=/part,image-subpath=bin',
    ];
    const script =
      'stat -c %u:%g /img/bin/busybox /part/busybox /etc/passwd /v/passwd; touch /v/new; stat -c %u /v/new';
    for (const map of [[], ['--userns', 'host'], ['--userns', 'auto']])
      assert.equal(
        await cli.ok([
          'run',
          '--rm',
          ...map,
          ...image,
          '-v',
          'filled:/etc2',
          '-v',
          'etc:/v',
          '--mount',
          'type=volume,src=etc,dst=/etc',
          'busybox',
          'sh',
          '-c',
          script,
        ]),
        '0:0\n0:0\n0:0\n0:0\n0',
        map.join(' '),
      );
    await cli.ok(['volume', 'rm', 'etc', 'filled']);
  });

  ours('inspect shows which IDs a container has', async ({ cli }) => {
    const id = await cli.ok(['run', '-d', 'busybox', 'sleep', '60']);
    const maps = JSON.parse(await cli.ok(['inspect', '-f', '{{json .Wharf}}', id])) as object;
    const map = [{ ContainerID: 0, HostID: FIRST, Size: 65_536 }];
    assert.deepEqual(maps, { UidMap: map, GidMap: map });
    await cli.ok(['rm', '-f', id]);
    const plain = await cli.ok(['create', '--userns', 'host', 'busybox', 'true']);
    assert.equal('Wharf' in (JSON.parse(await cli.ok(['inspect', plain])) as [object])[0], false);
    await cli.ok(['rm', plain]);
  });
});

suite('copies of containers with a map of their own', {
  engine: { config: { 'userns-auto-user': POOL } },
}, ({ ours }) => {
  ours('auto and keep-id: owners are those of the container', async ({ cli, engine }) => {
    await copyBothWays(cli, engine, ['--userns', 'auto:size=65536'], POOL_FIRST);
    const run = ['run', '--rm', `committed-${POOL_FIRST}-exited`, 'stat', '-c', '%u:%g', '/tmp/in', '/mine'];
    assert.equal(await cli.ok(run), '7:8\n5:6');
    // Whose ID is kept has its place among the others: from there on they are one further.
    const dir = shared(engine, 'kept', POOL_FIRST);
    const kept = ['--userns', 'keep-id:uid=5,gid=6', '-v', `${dir}:/b`];
    const id = await cli.ok(['create', ...kept, 'busybox', 'true']);
    await put(engine, id, '/b');
    assert.equal(onDisk(join(dir, 'in')), `${POOL_FIRST + 6}:${POOL_FIRST + 7}`);
    assert.equal(await ownerSeen(engine, id, '/b/in'), '7:8');
    assert.equal(await ownerSeen(engine, id, '/b/roots'), '5:6');
    await cli.ok(['rm', id]);
  });
});
