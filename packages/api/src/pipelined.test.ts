import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { readAll, readHead, startServer } from './test/harness.ts';

const WAIT = 'POST /v1.47/containers/x/wait HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
const ATTACH = 'POST /v1.47/containers/x/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: x\r\n';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: tcp\r\n';

/** A stream that has said all at once. */
const said = (text: string) =>
  new Duplex({
    read() {
      this.push(text);
      this.push(null);
    },
    write: (_chunk, _encoding, done) => done(),
  });

describe('a takeover that is sent before the answer to the request before it', () => {
  for (const [how, header, status] of [
    ['without an upgrade', '', '200 OK'],
    ['with one', UPGRADE, '101 UPGRADED'],
  ] as const) {
    it(`waits for its turn, ${how}`, async () => {
      const end = Promise.withResolvers<{ StatusCode: number }>();
      const wait = async () => ({ exit: end.promise });
      let attached = 0;
      const attach = async () => {
        attached += 1;
        return { tty: false, stream: said('output') };
      };
      await using api = await startServer({ containers: { wait, attach } });
      const socket = api.raw(`${WAIT}${ATTACH}${header}\r\n`);
      assert.match(await readHead(socket), /^HTTP\/1\.1 200 OK/);
      assert.equal(attached, 0);
      end.resolve({ StatusCode: 0 });
      const rest = (await readAll(socket)).toString();
      assert.match(rest, new RegExp(`"StatusCode":0[^]*0\r\n\r\nHTTP/1\\.1 ${status}\r\n[^]*\r\n\r\noutput$`));
    });

    it(`is forgotten with a connection that breaks, ${how}`, async () => {
      const end = Promise.withResolvers<{ StatusCode: number }>();
      const wait = async () => ({ exit: end.promise });
      await using api = await startServer({ containers: { wait } });
      const socket = api.raw(`${WAIT}${ATTACH}${header}\r\n`);
      await readHead(socket);
      socket.destroy();
      // What is written to the broken connection must not end the process.
      end.resolve({ StatusCode: 0 });
      assert.equal((await api.request('/_ping')).body, 'OK');
    });
  }
});
