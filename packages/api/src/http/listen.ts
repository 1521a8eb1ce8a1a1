/** Listening on unix sockets and TCP addresses. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, rename, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect, type ListenOptions } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { errnoOf, messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';

/** Where to listen. */
export type ListenAddress =
  /** `mode` of the socket file, 0660 when absent; `group` its numeric group. */
  | { readonly unix: string; readonly mode?: number; readonly group?: number }
  /** `host:port` or `[v6]:port`; port 0 takes a free one. */
  | { readonly tcp: string };

/** Where a listener really is. */
export type BoundAddress =
  | { readonly kind: 'unix'; readonly path: string; readonly url: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly url: string };

/** A listener with what closing it has to remove. */
export interface Listener {
  readonly address: BoundAddress;
  cleanUp(): Promise<void>;
}

/** Connections waiting to be taken: on a unix socket one more fails at once, with EAGAIN. The kernel has its own limit. */
const BACKLOG = 4096;

/** What sockaddr_un holds, without the final NUL. */
const MAX_UNIX_PATH = 107;

function bind(server: Server, target: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(target, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Whether anybody answers on a socket file. Errors other than "nobody" count as somebody: better refuse than steal. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(errnoOf(error) ?? '')));
  });
}

async function existing(path: string): Promise<'nothing' | 'socket' | 'other'> {
  try {
    return (await lstat(path)).isSocket() ? 'socket' : 'other';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'nothing';
    throw fail('BAD_ADDRESS', `cannot listen on ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function listenUnix(server: Server, address: { unix: string; mode?: number; group?: number }): Promise<Listener> {
  const path = address.unix;
  // The socket gets its rights under another name in the same directory, so that at no time anyone else can connect.
  const hidden = join(dirname(path), `.${randomBytes(4).toString('hex')}`);
  if (Math.max(Buffer.byteLength(path), Buffer.byteLength(hidden)) > MAX_UNIX_PATH) {
    throw fail('BAD_ADDRESS', `cannot listen on ${path}: a socket path has at most ${MAX_UNIX_PATH} bytes`);
  }
  const found = await existing(path);
  if (found === 'other') throw fail('BAD_ADDRESS', `cannot listen on ${path}: it exists and is not a socket`);
  if (found === 'socket' && (await isAnswered(path))) {
    throw fail('ADDRESS_IN_USE', `cannot listen on ${path}: another server answers there`);
  }
  try {
    await bind(server, { path: hidden, backlog: BACKLOG });
    await chmod(hidden, address.mode ?? 0o660);
    if (address.group !== undefined) await chown(hidden, -1, address.group);
    await rename(hidden, path);
  } catch (error) {
    server.close();
    throw fail('BAD_ADDRESS', `cannot listen on ${path}: ${messageOf(error)}`, { cause: error });
  }
  const own = await lstat(path);
  return {
    address: { kind: 'unix', path, url: `unix://${path}` },
    async cleanUp() {
      try {
        // Only our own: another server may have taken the name over by now.
        if ((await lstat(path)).ino === own.ino) await unlink(path);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') {
          throw fail('BAD_ADDRESS', `cannot remove ${basename(path)}: ${messageOf(error)}`, { cause: error });
        }
      }
    },
  };
}

async function listenTcp(server: Server, text: string): Promise<Listener> {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) throw fail('BAD_ADDRESS', `invalid address to listen on: ${text}`);
  const host = parts[1] ?? parts[2] ?? '';
  try {
    await bind(server, { host: host === '' ? '127.0.0.1' : host, port, backlog: BACKLOG });
  } catch (error) {
    server.close();
    const code = errnoOf(error) === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'BAD_ADDRESS';
    throw fail(code, `cannot listen on tcp://${text}: ${messageOf(error)}`, { cause: error });
  }
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw fail('BAD_ADDRESS', `cannot listen on tcp://${text}`);
  const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    address: { kind: 'tcp', host: bound.address, port: bound.port, url: `tcp://${shown}:${bound.port}` },
    async cleanUp() {},
  };
}

/** Binds a server. Throws ADDRESS_IN_USE, BAD_ADDRESS. */
export function listen(server: Server, address: ListenAddress): Promise<Listener> {
  return 'unix' in address ? listenUnix(server, address) : listenTcp(server, address.tcp);
}
