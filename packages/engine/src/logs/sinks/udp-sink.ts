import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { messageOf } from '@wharf/kit';
import { fail } from '../../errors.ts';
import type { Encoded } from '../drivers/driver.ts';
import type { Sink } from './sink.ts';

/** UDP: whether anybody takes the datagrams is not known. */
export class UdpSink implements Sink {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  async connect(): Promise<void> {
    if (this.#socket) return;
    const found = await lookup(this.#host).catch((error: unknown) => {
      throw fail('LOG_RECEIVER', `dial udp: lookup ${this.#host}: ${messageOf(error)}`);
    });
    const socket = createSocket(found.family === 6 ? 'udp6' : 'udp4');
    socket.on('error', () => this.close());
    socket.unref();
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(this.#port, found.address, resolve);
    });
    this.#socket = socket;
  }

  async send({ parts }: Encoded, taken: () => void): Promise<void> {
    await this.connect();
    const socket = this.#socket;
    if (!socket) throw fail('LOG_RECEIVER', 'the socket was closed');
    // A refusal that the other machine sent for an earlier datagram is reported with a later one: nothing to repeat.
    const sent = parts.map((part) => new Promise<void>((resolve) => socket.send(part, () => resolve())));
    if (socket.getSendQueueCount() === 0) taken();
    else void Promise.all(sent).then(taken);
    await Promise.all(sent);
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}
