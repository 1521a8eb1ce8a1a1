import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A server that takes what log drivers send over TCP. */
export interface Receiver {
  readonly port: number;
  /** Everything that came, connections one after the other. */
  bytes(): Buffer;
  /** How often somebody connected. */
  connections(): number;
  /** Stops and goes on reading: what is sent meanwhile waits with the sender. */
  pause(): void;
  resume(): void;
}

/** Listens on a free port or on that given. `answer` is asked after each piece what to say, with all that the connection has sent. */
export async function tcpReceiver(
  t: TestContext,
  answer?: (all: Buffer) => Buffer | undefined,
  on = 0,
): Promise<Receiver> {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let paused = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    connections += 1;
    if (paused) socket.pause();
    const own: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (!answer) return;
      own.push(chunk);
      const said = answer(Buffer.concat(own));
      if (said) {
        own.length = 0;
        socket.write(said);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(on, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    bytes: () => Buffer.concat(chunks),
    connections: () => connections,
    pause() {
      paused = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      paused = false;
      for (const socket of sockets) socket.resume();
    },
  };
}

/** A server that takes datagrams. */
export async function udpReceiver(t: TestContext): Promise<{ port: number; datagrams: () => readonly Buffer[] }> {
  const datagrams: Buffer[] = [];
  const socket = createSocket('udp4', (message) => datagrams.push(message));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  return { port: socket.address().port, datagrams: () => datagrams };
}

/** Reads MessagePack (msgpack.org, spec) as far as the Forward protocol uses it; undefined when more bytes are needed. */
export function unpack(bytes: Buffer, from = 0): { value: unknown; end: number } | undefined {
  const first = bytes[from];
  if (first === undefined) return undefined;
  const sized = (width: number) => (bytes.length >= from + 1 + width ? bytes.readUIntBE(from + 1, width) : undefined);
  if (first < 0x80) return { value: first, end: from + 1 };
  if (first < 0x90) return members(bytes, from + 1, first & 15, true);
  if (first < 0xa0) return members(bytes, from + 1, first & 15, false);
  if (first < 0xc0) return text(bytes, from + 1, first & 31);
  if (first === 0xc2 || first === 0xc3) return { value: first === 0xc3, end: from + 1 };
  if (first === 0xcf)
    return bytes.length < from + 9 ? undefined : { value: Number(bytes.readBigUInt64BE(from + 1)), end: from + 9 };
  if (first === 0xd7) {
    if (bytes.length < from + 10) return undefined;
    return { value: { seconds: bytes.readUInt32BE(from + 2), nanos: bytes.readUInt32BE(from + 6) }, end: from + 10 };
  }
  const widths: Readonly<Record<number, number>> = { 0xd9: 1, 0xda: 2, 0xdb: 4, 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4 };
  const width = widths[first];
  if (width === undefined) throw new TypeError(`unexpected byte ${first} in MessagePack`);
  const length = sized(width);
  if (length === undefined) return undefined;
  if (first < 0xdc) return text(bytes, from + 1 + width, length);
  return members(bytes, from + 1 + width, length, first >= 0xde);
}

function text(bytes: Buffer, from: number, length: number): { value: string; end: number } | undefined {
  const end = from + length;
  return bytes.length < end ? undefined : { value: bytes.toString('utf8', from, end), end };
}

function members(
  bytes: Buffer,
  from: number,
  count: number,
  map: boolean,
): { value: unknown; end: number } | undefined {
  const list: unknown[] = [];
  let end = from;
  for (let at = 0; at < count * (map ? 2 : 1); at += 1) {
    const member = unpack(bytes, end);
    if (!member) return undefined;
    list.push(member.value);
    end = member.end;
  }
  if (!map) return { value: list, end };
  const pairs = list.flatMap((key, at): [string, unknown][] => (at % 2 === 0 ? [[String(key), list[at + 1]]] : []));
  return { value: Object.fromEntries(pairs), end };
}

/** All values that the bytes hold. */
export function unpackAll(bytes: Buffer): unknown[] {
  const values: unknown[] = [];
  for (let at = 0; ; ) {
    const next = unpack(bytes, at);
    if (!next) return values;
    values.push(next.value);
    at = next.end;
  }
}
