import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { TestEngine } from '@wharf/testkit';
import { SeededRandom } from './support/storm/random.ts';
import { suite } from './support/suite.ts';

const SEED = Number(process.env['WHARF_FUZZ_SEED'] ?? 1);
const ROUNDS = Number(process.env['WHARF_FUZZ_ROUNDS'] ?? 400);
/** A connection that says nothing for so long is stuck, milliseconds. */
const PATIENCE = 8_000;

/**
 * Writes some pieces on a connection of its own, then ends its side, and gives all that comes back until the other side
 * ends too. Rejects when that takes too long.
 */
function exchange(engine: TestEngine, pieces: readonly (string | Buffer)[], end = true): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: engine.places.socket, allowHalfOpen: true });
    let answer = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new TypeError(`stuck after ${JSON.stringify(String(pieces[0]).slice(0, 300))}: ${answer.slice(0, 200)}`));
    }, PATIENCE);
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (chunk: Buffer) => (answer += answer.length < 100_000 ? chunk.toString('latin1') : ''));
    socket.on('end', done);
    socket.on('error', done);
    socket.on('close', done);
    for (const piece of pieces) socket.write(piece);
    if (end) socket.end();
  });
}

const post = (path: string, body: string, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`;
const upgrade = 'Connection: Upgrade\r\nUpgrade: tcp\r\n';
const chunked = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;

const DEEP = 100_000;
/** Requests that are wrong in a way of their own; `ID` is a running container's. */
const WRONG: readonly (readonly [what: string, text: string])[] = [
  ['bad chunk size', chunked('/containers/create', 'zz\r\n{}\r\n0\r\n\r\n')],
  ['a chunk longer than it says', chunked('/containers/create', '2\r\n{}{}\r\n0\r\n\r\n')],
  ['a chunk size that overflows', chunked('/containers/create', 'ffffffffffffffffff\r\n{}\r\n')],
  ['chunks that stop', chunked('/containers/create', '5\r\n{"I')],
  [
    'a body that stops',
    'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"Image":',
  ],
  ['a negative length', 'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
  ['two lengths', 'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
  [
    'length and chunks (smuggling)',
    'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /info HTTP/1.1\r\n\r\n',
  ],
  ['a huge header', get('/_ping', `X-Huge: ${'h'.repeat(400_000)}\r\n`)],
  ['ten thousand headers', get('/_ping', Array.from({ length: 10_000 }, (_, at) => `X-${at}: y\r\n`).join(''))],
  ['a huge path', get(`/${'p'.repeat(400_000)}`)],
  ['a NUL in the path', get('/containers/a%00b/json')],
  ['bytes that are no UTF-8', get('/containers/%ff%fe/json')],
  ['a path that climbs', get('/v1.55/../../../../etc/passwd')],
  ['a name that climbs', get('/containers/..%2f..%2fetc/json')],
  ['a method of nobody', 'FROB /info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ['an old HTTP', 'GET /_ping HTTP/1.0\r\n\r\n'],
  ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['an upgrade where there is none', get('/info', upgrade)],
  ['an upgrade of a create', post('/containers/create', '{}', upgrade)],
  ['an attach to nothing', post('/containers/nope/attach?stream=1', '', upgrade)],
  ['an exec of nothing', post('/exec/nope/start', '{}', upgrade)],
  ['an exec start with a broken body', post('/exec/nope/start', '{"Detach":', upgrade)],
  [
    'a web socket without a key',
    get('/containers/ID/attach/ws?stream=1', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
  ],
  [
    'a web socket with a bad version',
    get(
      '/containers/ID/attach/ws',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99\r\n',
    ),
  ],
  ['JSON that is none', post('/containers/create', '{"Image": busybox}')],
  ['JSON and more', post('/containers/create', '{} {}')],
  ['JSON of the wrong kind', post('/containers/create', '[[[[]]]]')],
  ['null', post('/containers/create', 'null')],
  ['deep JSON', post('/containers/create', `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`)],
  ['deep objects', post('/containers/create', `${'{"HostConfig":'.repeat(5_000)}{}${'}'.repeat(5_000)}`)],
  [
    'prototypes',
    post(
      '/containers/create',
      '{"__proto__":{"Image":"busybox"},"constructor":{"prototype":1},"Labels":{"__proto__":"x"}}',
    ),
  ],
  [
    'numbers without end',
    post('/containers/create', `{"Image":"busybox","HostConfig":{"Memory":${'9'.repeat(5_000)}}}`),
  ],
  ['surrogates alone', post('/containers/create', '{"Image":"\\ud800","Hostname":"\\udfff"}')],
  ['no body', 'POST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  [
    'another kind of body',
    'POST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}',
  ],
  ['filters that are none', get('/containers/json?filters=%7B%22label%22%3A%7B%22a%22%3A1%7D%7D')],
  [
    'a filter to think about for ever',
    get(`/containers/json?all=1&filters=${encodeURIComponent('{"name":["(a+)+$"]}')}`),
  ],
  ['an archive that is none', post('/containers/ID/archive?path=/tmp', 'no tar').replace('POST', 'PUT')],
  ['a size that is none', post('/containers/ID/resize?h=-1&w=99999999', '')],
  ['a signal that is none', post('/containers/ID/kill?signal=%00', '')],
  ['times that are none', get('/containers/ID/logs?stdout=1&since=abc&until=1e999')],
  ['a stream type that is none', get('/system/df?type=%00&type=image')],
];

suite('malformed requests', {}, ({ ours }) => {
  ours('each is answered or cut, none is a failure of the engine, and the next is served', async ({ engine, cli }) => {
    const id = await cli.ok(['run', '-d', '--network', 'none', 'busybox', 'sleep', '600']);
    const pid = engine.pid;
    const logged = (await engine.log()).length;
    for (const [what, text] of WRONG) {
      const answer = await exchange(engine, [text.replaceAll('ID', id)]);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? '';
      assert.match(status, /^([24]\d\d|501|101)?$/, `${what}: ${answer.slice(0, 300)}`);
      assert.equal((await engine.api('GET', '/_ping')).text, 'OK', what);
    }
    assert.equal(engine.pid, pid);
    assert.doesNotMatch((await engine.log()).slice(logged), / error /);
    await cli.ok(['rm', '-f', id]);
  });

  ours('requests in one go are answered one after the other, in order', async ({ engine }) => {
    const one = 'GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await exchange(engine, [one.repeat(50) + get('/containers/nope/json')]);
    assert.equal(answer.match(/HTTP\/1\.1 200 OK/g)?.length, 50);
    assert.match(answer, /HTTP\/1\.1 404 [^]*No such container: nope[^]*$/);
  });

  ours('a client that speaks slowly, or ends its side early, gets its answer', async ({ engine, cli }) => {
    const letters = [...get('/_ping')];
    assert.match(await exchange(engine, letters), /200 OK/);
    const id = await cli.ok(['create', 'busybox', 'sh', '-c', 'sleep 0.3; echo late']);
    const waiting = exchange(engine, [
      `POST /containers/${id}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`,
    ]);
    const logs = engine.api('POST', `/containers/${id}/start`);
    assert.equal((await logs).status, 204);
    assert.match(await waiting, /101 UPGRADED[^]*late\n/);
    await cli.ok(['rm', '-f', id]);
  });

  ours(`${ROUNDS} requests with random bytes changed, cut off or doubled`, async ({ engine, cli }) => {
    const id = await cli.ok(['run', '-d', '--network', 'none', 'busybox', 'sleep', '600']);
    const random = new SeededRandom(SEED);
    const logged = (await engine.log()).length;
    const good = [
      post(
        '/v1.55/containers/create?name=fuzz',
        '{"Image":"busybox","Cmd":["true"],"HostConfig":{"Memory":0,"Binds":[]}}',
      ),
      get(`/v1.55/containers/json?all=1&limit=3&filters=${encodeURIComponent('{"status":["running"]}')}`),
      post(`/containers/${id}/exec`, '{"Cmd":["true"],"AttachStdout":true}'),
      get(`/containers/${id}/logs?stdout=1&tail=5`),
      post(`/containers/${id}/update`, '{"Memory":67108864,"MemorySwap":67108864}'),
      get(`/containers/${id}/archive?path=/etc/passwd`),
      chunked('/containers/create', '10\r\n{"Image":"busybo\r\n3\r\nx"}\r\n0\r\n\r\n'),
    ];
    const mutate = (text: string): Buffer => {
      const bytes = Buffer.from(text);
      for (let times = 1 + random.below(4); times > 0; times -= 1) {
        const at = random.below(bytes.length);
        bytes[at] = random.chance(0.5) ? random.below(256) : (bytes[random.below(bytes.length)] ?? 0);
      }
      if (random.chance(0.2)) return bytes.subarray(0, random.below(bytes.length));
      return random.chance(0.1) ? Buffer.concat([bytes, bytes]) : bytes;
    };
    for (let round = 0; round < ROUNDS; round += 20) {
      const batch = Array.from({ length: 20 }, () => mutate(random.pick(good)));
      const answers = await Promise.all(batch.map((bytes) => exchange(engine, [bytes])));
      for (const [at, answer] of answers.entries()) {
        const seen = `WHARF_FUZZ_SEED=${SEED}\n${JSON.stringify(batch[at]?.toString('latin1'))}\n${answer.slice(0, 500)}`;
        assert.doesNotMatch(answer, /^HTTP\/1\.1 5(?!01)/, seen);
      }
    }
    assert.equal((await engine.api('GET', '/_ping')).text, 'OK');
    assert.doesNotMatch((await engine.log()).slice(logged), / error /);
    await engine.removeContainers();
  });
});
