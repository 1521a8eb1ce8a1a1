import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig, HostConfig } from '@wharf/spec';
import type { MountRecord } from './mount-record.ts';
import { type MountsOf, planMounts } from './plan-mounts.ts';

const nobody: MountsOf = () => [];

function plan(hostConfig: HostConfig, config: ContainerConfig = {}, mountsOf = nobody) {
  return planMounts(config, hostConfig, mountsOf);
}

function only(hostConfig: HostConfig, config: ContainerConfig = {}): MountRecord {
  const [first] = plan(hostConfig, config);
  assert.ok(first);
  return first.record;
}

test('-v: a path is a bind whose source is made, a name is a volume, a lone destination one without a name', () => {
  assert.deepEqual(only({ Binds: ['/s/:/d/../e:ro,z'] }), {
    ...{ type: 'bind', source: '/s', destination: '/e', mode: 'ro,z', rw: false, propagation: 'rprivate' },
    createSource: true,
  });
  assert.equal(only({ Binds: ['/s:/d:rslave'] }).propagation, 'rslave');
  const [named] = plan({ Binds: ['name:/d:nocopy'], VolumeDriver: 'local' });
  assert.deepEqual(named, {
    record: {
      type: 'volume',
      source: '',
      destination: '/d',
      mode: 'nocopy',
      rw: true,
      propagation: '',
      ...{ noCopy: true, name: 'name' },
    },
    volume: { name: 'name', driver: 'local' },
  });
  assert.equal(only({ Binds: ['name:/d'] }).mode, 'z');
  assert.equal(only({ Binds: ['/s:/d:'] }).mode, '');
  assert.equal(only({ Binds: ['/d'] }).anonymous, true);
});

for (const [bind, message] of [
  ['/s:/d:ro,rw', 'invalid mode: ro,rw'],
  ['/s:/d:bad', 'invalid mode: bad'],
  ['a:b:c:d', "invalid volume specification: 'a:b:c:d'"],
  [':/d', "invalid volume specification: ':/d'"],
  [
    '/s:/',
    `invalid volume specification: '/s:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
  ],
  [
    '/s:d',
    `invalid volume specification: '/s:d': invalid mount config for type "bind": invalid mount path: 'd' mount path must be absolute`,
  ],
  [
    '/s:/d:nocopy',
    `invalid volume specification: '/s:/d:nocopy': invalid mount config for type "bind": field VolumeOptions must not be specified`,
  ],
  [
    'v1:/d:rshared',
    `invalid volume specification: 'v1:/d:rshared': invalid mount config for type "volume": field BindOptions must not be specified`,
  ],
] as const) {
  test(`-v ${bind} is refused`, () => {
    assert.throws(() => plan({ Binds: [bind] }), { code: 'BAD_CONFIG', message });
  });
}

test('--mount: what each type makes of its options', () => {
  const bind = { Type: 'bind', Source: '/s', Target: '/d', ReadOnly: true } as const;
  const BindOptions = {
    Propagation: 'rslave',
    NonRecursive: true,
    CreateMountpoint: true,
    ReadOnlyNonRecursive: true,
  } as const;
  assert.deepEqual(only({ Mounts: [{ ...bind, BindOptions }] }), {
    ...{ type: 'bind', source: '/s', destination: '/d', mode: '', rw: false, propagation: 'rslave' },
    ...{ createSource: true, nonRecursive: true, shallowReadonly: true },
  });
  const VolumeOptions = {
    NoCopy: true,
    Subpath: 'a/b',
    Labels: { x: 'y' },
    DriverConfig: { Name: 'local', Options: { o: 'p' } },
  };
  const [volume] = plan({ Mounts: [{ Type: 'volume', Source: 'name', Target: '/d', VolumeOptions }] });
  assert.deepEqual(volume?.volume, { name: 'name', driver: 'local', options: { o: 'p' }, labels: { x: 'y' } });
  assert.deepEqual([volume?.record.subpath, volume?.record.noCopy, volume?.record.mode], ['a/b', true, 'z']);
  const TmpfsOptions = { SizeBytes: 4096, Mode: 0o1770, Options: [['exec']] };
  const tmpfs = only({ Mounts: [{ Type: 'tmpfs', Target: '/d', ReadOnly: true, TmpfsOptions }] });
  assert.deepEqual(tmpfs.options, ['size=4096', 'mode=1770', 'ro', 'exec']);
  const [image] = plan({
    Mounts: [{ Type: 'image', Source: 'busybox', Target: '/d', ImageOptions: { Subpath: 'etc' } }],
  });
  assert.deepEqual([image?.image, image?.record.rw, image?.record.subpath], ['busybox', false, 'etc']);
});

test('two of the own mounts on one place are refused, also a --tmpfs', () => {
  const message = 'Duplicate mount point: /d';
  const Mounts = [{ Type: 'tmpfs' as const, Target: '/d/' }];
  assert.throws(() => plan({ Binds: ['/a:/d'], Mounts }), { code: 'BAD_CONFIG', message });
  assert.throws(() => plan({ Binds: ['/a:/d'], Tmpfs: { '/d': '' } }), { code: 'BAD_CONFIG', message });
});

test('volumes that the image declares are made where nothing else is mounted', () => {
  const Volumes = { '/a': {}, '/b/': {}, '/c': {}, '/e': {} };
  const plans = plan({ Binds: ['/s:/a'], Tmpfs: { '/c': '' } }, { Volumes });
  const made = plans.filter(({ record }) => record.type === 'volume').map(({ record }) => record.destination);
  assert.deepEqual(made, ['/b', '/e']);
  assert.throws(() => plan({}, { Volumes: { '/x:z': {} } }), { message: "invalid volume specification: '/x:z'" });
});

const SHARED: readonly MountRecord[] = [
  {
    type: 'volume',
    name: 'v1',
    driver: 'local',
    source: '/v',
    destination: '/v',
    mode: 'z',
    rw: true,
    propagation: '',
  },
  { type: 'bind', source: '/s', destination: '/b', mode: '', rw: false, propagation: 'rprivate' },
];

test("volumes of others come first, read-only where asked, and give way to the container's own", () => {
  const from = (container: string) => (container === 'donor' ? SHARED : []);
  const plans = plan({ VolumesFrom: ['donor:ro'], Binds: ['/own:/b'] }, {}, from);
  assert.deepEqual(
    plans.map(({ record, volume }) => [record.destination, record.source, record.rw, volume?.name]),
    [
      ['/v', '/v', false, 'v1'],
      ['/b', '/own', true, undefined],
    ],
  );
  assert.equal(plan({ VolumesFrom: ['donor'] }, {}, from)[1]?.record.rw, false);
  for (const [text, message] of [
    ['donor:bad', 'invalid mode: bad'],
    ['donor:rshared', 'invalid mode: rshared'],
    [':ro', 'invalid volumes-from specification: :ro'],
  ] as const) {
    assert.throws(() => plan({ VolumesFrom: [text] }, {}, from), { code: 'BAD_CONFIG', message });
  }
});
