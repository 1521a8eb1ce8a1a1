import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DEFAULT_HOST, parseOptions } from './options.ts';

const dir = mkdtempSync(join(tmpdir(), 'wharf-options-'));
after(() => rmSync(dir, { recursive: true }));

function file(content: string): string {
  const path = join(dir, `${Math.random().toString(36).slice(2)}.json`);
  writeFileSync(path, content);
  return path;
}

test('without options it is the one engine of the machine', () => {
  const options = parseOptions([]);
  assert.deepEqual(options?.hosts, [DEFAULT_HOST]);
  assert.equal(options?.dataRoot, '/var/lib/wharf');
  assert.equal(options?.bridge, 'wharf0');
  assert.equal(options?.hub, true);
});

test('an engine with another exec root gets another bridge, always the same', () => {
  const bridge = parseOptions(['--exec-root', '/run/other'])?.bridge ?? '';
  assert.match(bridge, /^wharf[0-9a-f]{8}$/);
  assert.equal(parseOptions(['--exec-root', '/run/other'])?.bridge, bridge);
  assert.equal(parseOptions(['--exec-root', '/run/other', '--bridge', 'mine'])?.bridge, 'mine');
});

test('flags win over the file, whose lists have the names that Docker gives them', () => {
  const path = file('{"hosts": ["unix:///a.sock"], "labels": ["x=1"], "hub": false, "debug": true}');
  const options = parseOptions(['--config', path, '--hub', 'on']);
  assert.deepEqual(options?.hosts, ['unix:///a.sock']);
  assert.deepEqual(options?.labels, ['x=1']);
  assert.equal(options?.hub, true);
  assert.equal(options?.debug, true);
});

test('runtimes come from flags, or from the file in the form of dockerd', () => {
  const flags = parseOptions(['--add-runtime', 'a=/a,--x', '--default-runtime', 'a', '--runtime-timeout', '5']);
  assert.deepEqual(flags?.runtimes, [{ name: 'a', path: '/a', args: ['--x'] }]);
  assert.deepEqual([flags?.defaultRuntime, flags?.runtimeTimeout], ['a', 5]);
  const path = file('{"runtimes": {"b": {"path": "/b", "runtimeArgs": ["--y,z"]}}, "default-runtime": "b"}');
  const read = parseOptions(['--config', path]);
  assert.deepEqual(read?.runtimes, [{ name: 'b', path: '/b', args: ['--y,z'] }]);
  assert.equal(read?.defaultRuntime, 'b');
});

test('whose subordinate IDs containers get', () => {
  const plain = parseOptions([]);
  assert.deepEqual([plain?.usernsRemap, plain?.usernsAutoUser], [undefined, 'containers']);
  const set = parseOptions(['--config', file('{"userns-remap": "default"}'), '--userns-auto-user', 'ann']);
  assert.deepEqual([set?.usernsRemap, set?.usernsAutoUser], ['default', 'ann']);
});

test('what cannot be used is refused by name', () => {
  for (const [args, words] of [
    [['--nonsense'], /nonsense/],
    [['--host', 'ftp://x'], /cannot listen on ftp:\/\/x/],
    [['--host', 'tcp://x'], /cannot listen on tcp:\/\/x/],
    [['--hub', 'maybe'], /--hub wants on or off/],
    [['--pool-size', '-1'], /--pool-size/],
    [['--pool-size=many'], /--pool-size wants a number/],
    [['--config', join(dir, 'missing.json')], /no such file/],
    [['--config', file('[')], /unable to configure the engine with file/],
    [['--config', file('[]')], /no JSON object/],
    [['--config', file('{"hubb": true}')], /directives are not known: hubb/],
    [['stray'], /stray/],
    [['--add-runtime', 'x'], /invalid runtime "x"/],
    [['--config', file('{"runtimes": {"x": {}}}')], /runtime x wants a path/],
    [['--config', file('{"runtimes": [1]}')], /runtimes wants an object/],
  ] as const) {
    assert.throws(() => parseOptions(args), words);
  }
});

test('help is no engine', () => {
  assert.equal(parseOptions(['--help']), undefined);
});
