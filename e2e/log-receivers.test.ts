import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { eventually, RunningCommand } from '@wharf/testkit';
import { Authority, pem } from './support/certificates.spawn.ts';
import { decodeJournal, type JournalFields } from './support/journal-fields.ts';
import { unpackAll } from './support/log-receivers.ts';
import { compilePrograms } from './support/programs.spawn.ts';
import { suite } from './support/suite.ts';

const directory = mkdtempSync('/dev/shm/wharf-log-receivers-');
const journalSocket = join(directory, 'journal');
const authority = new Authority();
after(() => {
  authority.remove();
  rmSync(directory, { recursive: true });
});

const driver = (name: string, options: Readonly<Record<string, string>>) => [
  '--log-driver',
  name,
  ...Object.entries(options).flatMap(([option, value]) => ['--log-opt', `${option}=${value}`]),
];

/** A server that takes what is sent over TLS, and who sent it. */
async function tlsReceiver(t: TestContext, options: TlsOptions) {
  const chunks: Buffer[] = [];
  const senders: string[] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer(options, (socket) => {
    sockets.add(socket);
    senders.push(String(socket.getPeerCertificate().subject?.CN ?? ''));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, senders, bytes: () => Buffer.concat(chunks) };
}

suite('log drivers over TLS', {}, ({ both }) => {
  both(
    'syslog: the authority is checked, the client shows its certificate, messages are counted',
    async ({ cli, t }) => {
      const client = authority.issue('client', 'DNS:client');
      const ca = pem(authority.root).cert;
      const server = {
        ...pem(authority.issue('server', 'IP:127.0.0.1')),
        ca,
        requestCert: true,
        rejectUnauthorized: true,
      };
      const receiver = await tlsReceiver(t, server);
      const options = {
        'syslog-address': `tcp+tls://127.0.0.1:${receiver.port}`,
        'syslog-format': 'rfc5424',
        'syslog-tls-ca-cert': authority.root.cert,
        'syslog-tls-cert': client.cert,
        'syslog-tls-key': client.key,
        tag: '{{if .ID}}{{printf "%s-%d" .Name (len .ContainerArgs)}}{{end}}',
      };
      const name = `tls-${cli.name}`;
      await cli.ok(['run', '--rm', '--name', name, ...driver('syslog', options), 'busybox', 'echo', 'over TLS']);
      const text = await eventually(
        () =>
          receiver
            .bytes()
            .toString()
            .match(/^[^]*over TLS\n/)?.[0],
      );
      const [, count = '', message = ''] = /^(\d+) (<30>1 [^]*)$/.exec(text) ?? [];
      assert.equal(Number(count), message.length);
      assert.match(message, new RegExp(` ${name}-1 \\d+ ${name}-1 - over TLS\n$`));
      assert.equal(receiver.senders.at(-1), 'client');
    },
  );

  both(
    'syslog: a certificate that cannot be believed is refused, unless it is not to be looked at',
    async ({ cli, t }) => {
      const receiver = await tlsReceiver(t, pem(authority.issue('server', 'IP:127.0.0.1')));
      const elsewhere = await tlsReceiver(t, pem(authority.issue('elsewhere', 'DNS:elsewhere')));
      const run = (port: number, more: Readonly<Record<string, string>>) => {
        const options = driver('syslog', { 'syslog-address': `tcp+tls://127.0.0.1:${port}`, ...more });
        return cli.run(['run', '--rm', ...options, 'busybox', 'echo', 'not looked at']);
      };
      const ca = { 'syslog-tls-ca-cert': authority.root.cert };
      for (const [port, more, why] of [
        [receiver.port, {}, /failed to initialize logging driver: .*x509: certificate signed by unknown authority/],
        [elsewhere.port, ca, /failed to initialize logging driver: .*x509: .*127\.0\.0\.1/],
        [receiver.port, { 'syslog-tls-ca-cert': '/no/such' }, /could not read CA certificate "\/no\/such"/],
      ] as const) {
        const { code, stderr } = await run(port, more);
        // Docker's client takes any file that is not there for a missing program, 127.
        assert.equal(code, stderr.includes('no such file') ? 127 : 125, stderr);
        assert.match(stderr, why);
      }
      assert.equal((await run(elsewhere.port, { 'syslog-tls-skip-verify': 'true' })).code, 0);
      await eventually(() => elsewhere.bytes().includes('not looked at'));
      assert.equal(receiver.bytes().length, 0);
    },
  );
});

suite('fluentd over TLS', { engine: { env: { SSL_CERT_FILE: authority.root.cert } } }, ({ ours }) => {
  ours('the authorities of the machine are believed, others are not', async ({ cli, t }) => {
    const receiver = await tlsReceiver(t, pem(authority.issue('server', 'IP:127.0.0.1')));
    const elsewhere = await tlsReceiver(t, pem(authority.issue('elsewhere', 'DNS:elsewhere')));
    const run = (port: number) =>
      cli.run([
        'run',
        '--rm',
        ...driver('fluentd', { 'fluentd-address': `tls://127.0.0.1:${port}`, tag: 'over.tls' }),
        'busybox',
        'echo',
        'hi',
      ]);
    assert.equal((await run(receiver.port)).code, 0);
    const [message] = await eventually(() => receiver.bytes().length > 0 && unpackAll(receiver.bytes()));
    const [tag, , record] = message as [string, unknown, Record<string, string>];
    assert.deepEqual([tag, record['log']], ['over.tls', 'hi']);
    const refused = await run(elsewhere.port);
    assert.equal(refused.code, 125);
    assert.match(refused.stderr, /x509: certificate is valid for elsewhere, not 127\.0\.0\.1/);
  });
});

suite('journald', { engine: { config: { 'journal-socket': journalSocket } } }, ({ ours }) => {
  let journal: RunningCommand;
  before(async () => {
    const program = join(directory, 'datagrams');
    writeFileSync(program, compilePrograms(['datagrams']).get('datagrams') ?? '', { mode: 0o755 });
    journal = new RunningCommand([program, journalSocket, 'hex'], { env: {} });
    await journal.waitForOutput('ready');
  });
  after(async () => {
    journal.kill('SIGKILL');
    await journal.exited;
  });
  const messagesOf = (name: string): JournalFields[] =>
    decodeJournal(journal.stdout).filter((fields) => fields['CONTAINER_NAME'] === name);

  ours('every line is a message with the fields that Docker gives it, long ones in parts', async ({ cli }) => {
    const name = `journal-${cli.name}`;
    const options = { tag: '{{.ImageName}}/{{.Name}}', labels: 'com.x-tier,_own', env: 'LINES', 'env-regex': '^BIG' };
    const wishes = ['--label', 'com.x-tier=front', '--label', '_own=1', '-e', 'LINES=a\nb'];
    const big = ['-e', `BIG=${'x'.repeat(90_000)}`];
    const script = 'echo out; sleep 0.2; echo err >&2; sleep 0.2; head -c 20000 /dev/zero | tr "\\0" a; echo';
    const all = ['--name', name, ...wishes, ...big, ...driver('journald', options)];
    const id = await cli.ok(['run', '-d', ...all, 'busybox', 'sh', '-c', script]);
    await cli.ok(['wait', id]);
    const messages = await eventually(() => messagesOf(name).length === 4 && messagesOf(name));
    const common = {
      CONTAINER_ID: id.slice(0, 12),
      CONTAINER_ID_FULL: id,
      CONTAINER_NAME: name,
      CONTAINER_TAG: `busybox/${name}`,
      SYSLOG_IDENTIFIER: `busybox/${name}`,
      IMAGE_NAME: 'busybox',
      COM_X_TIER: 'front',
      OWN: '1',
      LINES: 'a\nb',
    };
    const [out, err, first, rest] = messages;
    for (const message of messages) {
      for (const [field, value] of Object.entries(common)) assert.equal(message[field], value, field);
      // What would make every datagram too large is left out.
      assert.equal(message['BIG'], undefined);
      assert.match(message['SYSLOG_TIMESTAMP'] ?? '', /^\d{4}-\d\d-\d\dT\S+Z$/);
    }
    assert.deepEqual([out?.['MESSAGE'], out?.['PRIORITY'], out?.['CONTAINER_PARTIAL_ID']], ['out', '6', undefined]);
    assert.deepEqual([err?.['MESSAGE'], err?.['PRIORITY']], ['err', '3']);
    assert.deepEqual(
      [first, rest].map((part) => [
        part?.['MESSAGE']?.length,
        part?.['CONTAINER_PARTIAL_ORDINAL'],
        part?.['CONTAINER_PARTIAL_LAST'],
        part?.['CONTAINER_PARTIAL_MESSAGE'],
      ]),
      [
        [16_384, '1', 'false', 'true'],
        [3616, '2', 'true', undefined],
      ],
    );
    assert.equal(first?.['CONTAINER_PARTIAL_ID'], rest?.['CONTAINER_PARTIAL_ID']);
    const logged = (await cli.run(['logs', id])).stdout;
    assert.equal(logged, `out\n${'a'.repeat(20_000)}\n`);
    await cli.ok(['rm', id]);
  });
});
