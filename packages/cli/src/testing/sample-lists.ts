/** Containers and images in every state, as an engine lists them. Times are relative to `now` (seconds since 1970). */

const id = (digit: string): string => digit.repeat(64).slice(0, 64);

type Entry = Readonly<Record<string, unknown>>;

function container(now: number, index: number, more: Entry): Entry {
  return {
    Id: id(`${(index % 16).toString(16)}c0ffee`),
    Names: [`/name-${index}`],
    Image: 'busybox',
    ImageID: `sha256:${id('ab')}`,
    Command: 'sleep 1000',
    Created: now - 3 * 86_400 - 7_200,
    Ports: [],
    Labels: {},
    State: 'running',
    Status: 'Up 3 days',
    HostConfig: { NetworkMode: 'default' },
    NetworkSettings: { Networks: { bridge: { NetworkID: 'n', IPAddress: '172.17.0.2' } } },
    Mounts: [],
    ...more,
  };
}

const port = (IP: string, PrivatePort: number, PublicPort: number, Type = 'tcp'): Entry => {
  return { ...(IP === '' ? {} : { IP }), PrivatePort, ...(PublicPort === 0 ? {} : { PublicPort }), Type };
};

const PORTS: readonly (readonly Entry[])[] = [
  [port('', 80, 0)],
  [port('0.0.0.0', 80, 8080), port('::', 80, 8080)],
  [port('0.0.0.0', 9000, 9000), port('0.0.0.0', 9001, 9001), port('0.0.0.0', 9002, 9002), port('', 53, 0, 'udp')],
  [port('127.0.0.1', 443, 443), port('0.0.0.0', 443, 443), port('', 1000, 0), port('', 1001, 0), port('', 1003, 0)],
  [port('::', 22, 22), port('::', 23, 23), port('0.0.0.0', 22, 2222), port('0.0.0.0', 22, 2223, 'udp')],
  [port('0.0.0.0', 5, 5), port('0.0.0.0', 6, 6), port('0.0.0.0', 8, 8), port('0.0.0.0', 9, 9, 'sctp')],
];

/** What `GET /containers/json` answers. */
export function sampleContainers(now: number): Entry[] {
  const states: Entry[] = [
    { State: 'running', Status: 'Up 5 minutes', Created: now - 300 },
    { State: 'exited', Status: 'Exited (0) 2 hours ago', Created: now - 7_300 },
    { State: 'created', Status: 'Created', Created: now - 90, Ports: null, Labels: null },
    { State: 'paused', Status: 'Up 2 weeks (Paused)', Created: now - 15 * 86_400 - 5_000 },
    { State: 'restarting', Status: 'Restarting (1) 3 seconds ago', Created: now - 4_000 },
    { State: 'dead', Status: 'Dead', Created: now - 500 * 86_400 },
    { State: 'running', Status: 'Up 1 second (health: starting)', Created: now - 65 },
    { State: 'running', Status: 'Up 3 weeks (unhealthy)', Created: now - 22 * 86_400 },
  ];
  const commands = [
    '/bin/sh -c "while true; do echo hello; sleep 1; done"',
    "/docker-entrypoint.sh nginx -g 'daemon off;'",
    'échø ünïcode – 日本語のコマンド です',
    'tab\there\nnewline \\ "quotes"',
    '',
    '12345678901234567890',
    '123456789012345678901',
    '🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀',
  ];
  const images = [
    'docker.io/library/nginx:1.27',
    `busybox@sha256:${id('9d')}`,
    `registry.example.com:5000/team/app:v1.2.3@sha256:${id('9e')}`,
    `sha256:${id('ab')}`,
    'ababababab',
    'abababababab',
    '',
    'Not A Reference',
  ];
  return [
    ...states.map((state, index) => container(now, index, state)),
    ...commands.map((Command, index) => container(now, index + 8, { Command })),
    ...images.map((Image, index) => container(now, index + 16, { Image })),
    ...PORTS.map((Ports, index) => container(now, index + 24, { Ports })),
    ...oddities(now),
  ];
}

function oddities(now: number): Entry[] {
  return [
    container(now, 30, { Names: ['/web/db', '/main', '/other/link'], SizeRw: 1_234_567, SizeRootFs: 99_950_000 }),
    container(now, 31, { Names: ['/only/links'], SizeRw: 0, SizeRootFs: 1125 }),
    container(now, 32, {
      Labels: { 'com.example.some-label': 'a,b', z: '', 'com.docker.compose.project': 'demo', html: '<&>' },
      Mounts: [
        { Type: 'volume', Name: 'a-very-long-volume-name-indeed', Source: '/var/lib/x', Driver: 'local' },
        { Type: 'bind', Source: '/srv/data', Destination: '/data' },
        { Type: 'volume', Name: 'short', Driver: 'other' },
      ],
    }),
    container(now, 33, { NetworkSettings: { Networks: { only: {} } }, SizeRw: 21_500_000 }),
    container(now, 34, { NetworkSettings: null, Names: ['/日本語'] }),
    container(now, 35, {
      ImageManifestDescriptor: {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: `sha256:${id('77')}`,
        size: 610,
        platform: { architecture: 'arm64', os: 'linux', variant: 'v8' },
      },
    }),
  ];
}

function image(now: number, index: number, more: Entry): Entry {
  return {
    Id: `sha256:${id(`${(index % 16).toString(16)}1dea`)}`,
    ParentId: '',
    RepoTags: [`image-${index}:latest`],
    RepoDigests: [],
    Created: now - 40 * 86_400,
    Size: 4_261_550,
    SharedSize: -1,
    Labels: null,
    Containers: -1,
    ...more,
  };
}

/** What `GET /images/json` answers. */
export function sampleImages(now: number): Entry[] {
  const digest = (digit: string): string => `sha256:${id(digit)}`;
  return [
    image(now, 0, { RepoTags: ['busybox:latest', 'busybox:1.37'], RepoDigests: [`busybox@${digest('d1')}`] }),
    image(now, 1, { RepoTags: [], RepoDigests: [], Created: now - 65 }),
    image(now, 2, { RepoTags: null, RepoDigests: [`docker.io/library/debian@${digest('d2')}`], Size: 999 }),
    image(now, 3, { RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'], Size: 1_000_000 }),
    image(now, 4, { RepoTags: ['registry.example.com:5000/a/b/c:v1'], Size: 1_234_567_890, Created: now - 120 }),
    image(now, 5, {
      RepoTags: ['docker.io/library/alpine:3'],
      Size: 0,
      Created: now - 3_000 * 86_400,
      SharedSize: 5,
      Containers: 2,
    }),
    image(now, 6, { RepoTags: ['a-very-long-repository-name/with/many/parts-in-it:and-a-long-tag'], Size: 99_950_001 }),
    image(now, 7, { RepoTags: ['multi:1'], RepoDigests: [`multi@${digest('d3')}`, `multi@${digest('d4')}`] }),
  ];
}

/** What `GET /images/{name}/history` answers. */
export function sampleHistory(now: number): Entry[] {
  const layer = (more: Entry): Entry => {
    return { Id: '<missing>', Created: now - 86_400 * 5, CreatedBy: '', Tags: null, Size: 0, Comment: '', ...more };
  };
  return [
    layer({
      Id: `sha256:${id('ab')}`,
      CreatedBy: 'CMD ["sh"]',
      Tags: ['busybox:latest'],
      Comment: 'buildkit.dockerfile.v0',
    }),
    layer({ CreatedBy: '/bin/sh -c #(nop) ADD file:1234567890abcdef in / with\ta tab', Size: 4_261_550 }),
    layer({
      CreatedBy: 'RUN |1 A=1 /bin/sh -c apt-get update && apt-get install -y curl # buildkit',
      Size: 123_456_789,
    }),
    layer({
      CreatedBy: 'COPY 日本語のファイル名がとても長い場合はどうなりますか /app # buildkit',
      Created: 0,
      Size: 12,
    }),
    layer({ CreatedBy: 'old', Created: 946_684_800 }),
  ];
}

/** What `GET /volumes` answers. */
export function sampleVolumes(): Entry[] {
  const volume = (Name: string, more: Entry = {}): Entry => {
    const Mountpoint = `/var/lib/wharf/volumes/${Name}/_data`;
    const CreatedAt = '2026-11-21T10:00:00Z';
    return { CreatedAt, Driver: 'local', Labels: null, Mountpoint, Name, Options: null, Scope: 'local', ...more };
  };
  return [
    volume('v10', { Labels: { z: 'last' } }),
    volume('v2', { Driver: 'other', Options: { type: 'nfs' } }),
    volume('b1'),
    volume('V3'),
    volume(id('5e'), { Labels: { 'com.docker.volume.anonymous': '' } }),
  ];
}
