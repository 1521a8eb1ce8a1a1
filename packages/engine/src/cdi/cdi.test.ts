import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLogger } from '@wharf/kit';
import type { OciConfig } from '@wharf/spec';
import { applyEdits } from './apply-edits.ts';
import { CdiRegistry } from './registry.ts';
import { requestedDevices } from './requests.ts';
import { parseCdiSpec } from './spec-file.ts';

const root = mkdtempSync(join(tmpdir(), 'wharf-cdi-'));
after(() => rmSync(root, { recursive: true }));

function spec(kind: string, ...names: string[]): string {
  const devices = names.map((name) => ({ name, containerEdits: { env: [`DEVICE=${kind}:${name}`] } }));
  return JSON.stringify({ cdiVersion: '0.6.0', kind, devices, containerEdits: { env: [`KIND=${kind}`] } });
}

function registry(files: Readonly<Record<string, string>>): CdiRegistry {
  const base = mkdtempSync(join(root, 'dirs-'));
  for (const directory of ['low', 'high']) mkdirSync(join(base, directory));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(base, path), text);
  return new CdiRegistry([join(base, 'low'), join(base, 'high'), join(base, 'missing')], silentLogger);
}

test('a specification in YAML says the same as one in JSON', () => {
  const yaml = 'cdiVersion: 0.6.0\nkind: a.com/b\ndevices:\n- name: x\n  containerEdits:\n    env: [A=1]\n';
  const json = '{"cdiVersion":"0.6.0","kind":"a.com/b","devices":[{"name":"x","containerEdits":{"env":["A=1"]}}]}';
  assert.deepEqual(parseCdiSpec(yaml), parseCdiSpec(json));
});

for (const [what, text, reason] of [
  ['no text of it', '{', /Flow map/],
  ['no object', '[]', /it is not an object/],
  ['no kind', '{"cdiVersion":"0.6.0","devices":[]}', /\.kind is not given/],
  ['a kind without a vendor', '{"cdiVersion":"0.6.0","kind":"b","devices":[]}', /\.kind is not vendor\/class/],
  ['a version from the future', '{"cdiVersion":"9.0.0","kind":"a.com/b","devices":[]}', /\.cdiVersion is not/],
  ['no devices', '{"cdiVersion":"0.6.0","kind":"a.com/b","devices":[]}', /\.devices is not a list with devices/],
  [
    'a path that is not absolute',
    '{"cdiVersion":"0.6.0","kind":"a.com/b","devices":[{"name":"x","containerEdits":{"deviceNodes":[{"path":"x"}]}}]}',
    /deviceNodes\[0\]\.path is not an absolute path/,
  ],
  ['an alias', 'cdiVersion: &v 0.6.0\nkind: *v\ndevices: []', /alias/i],
] as const) {
  test(`a specification that is refused: ${what}`, () => {
    assert.throws(() => parseCdiSpec(text), { code: 'BAD_CDI_SPEC', message: reason });
  });
}

test('later directories win; two files of one directory that have the same device rule it out', () => {
  const found = registry({
    'low/a.json': spec('a.com/x', 'one', 'two'),
    'low/b.json': spec('a.com/x', 'two'),
    'high/c.yaml': spec('a.com/x', 'one'),
    'high/broken.json': '{',
    'high/ignored.txt': 'x',
  });
  assert.deepEqual(found.list(), ['a.com/x=one']);
  assert.throws(() => found.resolve(() => ['a.com/x=two', 'b.com/y=z']), {
    code: 'NO_SUCH_CDI_DEVICE',
    message: 'CDI device injection failed: unresolvable CDI devices a.com/x=two, b.com/y=z',
  });
});

test('what all devices of a kind bring comes once, before their own', () => {
  const found = registry({ 'low/a.json': spec('a.com/x', 'one', 'two') });
  const edits = found.resolve(() => ['a.com/x=one', 'a.com/x=two']);
  assert.deepEqual(
    edits.map(({ env }) => env?.[0]),
    ['KIND=a.com/x', 'DEVICE=a.com/x:one', 'DEVICE=a.com/x:two'],
  );
});

test('--gpus means devices of nvidia.com/gpu, when there are any', () => {
  const known = ['nvidia.com/gpu=0', 'nvidia.com/gpu=all'];
  const gpus = (request: object) => requestedDevices([{ Capabilities: [['gpu']], ...request }], known);
  assert.deepEqual(gpus({ Count: -1 }), ['nvidia.com/gpu=all']);
  assert.deepEqual(gpus({ Count: 2 }), ['nvidia.com/gpu=0', 'nvidia.com/gpu=1']);
  assert.deepEqual(gpus({ DeviceIDs: ['GPU-x'] }), ['nvidia.com/gpu=GPU-x']);
  assert.deepEqual(requestedDevices([{ Driver: 'cdi', DeviceIDs: ['a.com/x=1'] }], []), ['a.com/x=1']);
  const message = 'could not select device driver "" with capabilities: [[gpu utility]]';
  const request = { Driver: '', Count: -1, Capabilities: [['gpu', 'utility']] };
  assert.throws(() => requestedDevices([request], []), { code: 'NO_SUCH_CDI_DEVICE', message });
});

const CONFIG: OciConfig = {
  ociVersion: '1.2.0',
  process: {
    terminal: false,
    user: { uid: 7, gid: 8, additionalGids: [8] },
    args: ['x'],
    env: ['PATH=/bin', 'A=old'],
    cwd: '/',
    capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
    rlimits: [],
    noNewPrivileges: false,
  },
  root: { path: '/r', readonly: false },
  mounts: [],
  linux: { namespaces: [], cgroupsPath: '', resources: {}, devices: [], maskedPaths: [], readonlyPaths: [] },
};

test('edits change environment, groups, devices with their rules, mounts from shallow to deep, hooks', () => {
  const node = { path: '/dev/x', hostPath: '/dev/host', permissions: 'rw' };
  const mounts = [
    { hostPath: '/h/deep', containerPath: '/c/d/e', options: ['ro'] },
    { hostPath: '/h', containerPath: '/c' },
  ];
  const hooks = [{ hookName: 'createContainer', path: '/bin/x', args: ['x'] }];
  const edits = [{ env: ['A=new'], additionalGids: [8, 9], deviceNodes: [node], mounts, hooks }];
  const host = (path: string) => ({ type: 'b' as const, major: path.length, minor: 2, fileMode: 0o600 });
  const { process, linux, ...rest } = applyEdits(CONFIG, edits, host);
  assert.deepEqual(process.env, ['PATH=/bin', 'A=new']);
  assert.deepEqual(process.user.additionalGids, [8, 9]);
  const device = { path: '/dev/x', type: 'b', major: 9, minor: 2, fileMode: 0o600, uid: 7, gid: 8 };
  assert.deepEqual(linux.devices, [device]);
  assert.deepEqual(linux.resources.devices, [{ allow: true, type: 'b', major: 9, minor: 2, access: 'rw' }]);
  assert.deepEqual(
    rest.mounts.map(({ destination, options }) => [destination, options.join(',')]),
    [
      ['/c', 'rbind,rprivate'],
      ['/c/d/e', 'rbind,rprivate,ro'],
    ],
  );
  assert.deepEqual(rest.hooks, { createContainer: [{ path: '/bin/x', args: ['x'] }] });
});
