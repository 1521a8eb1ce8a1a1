import type { Socket } from 'node:net';
import { connectSilent } from '../supervise/connect.ts';

/** A connection that says nothing holds a monitor's output up for a second (cell/monitor.c); this is well below. */
const RENEW = 400;

/** Holds what a cell's child prints back until `release` is called, for at most as long as its caller waits. */
export class OutputHold {
  readonly #directory: string;
  readonly #sockets = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** The cell must listen already. */
  static async start(directory: string): Promise<OutputHold> {
    const hold = new OutputHold(directory);
    await hold.#renew();
    hold.#timer = setInterval(() => void hold.#renew().catch(() => {}), RENEW);
    return hold;
  }

  async #renew(): Promise<void> {
    const older = [...this.#sockets];
    const socket = await connectSilent(this.#directory);
    this.#sockets.add(socket);
    socket.on('error', () => {});
    for (const one of older.slice(0, -1)) this.#drop(one);
    if (this.#timer === undefined && older.length > 0) this.#drop(socket);
  }

  #drop(socket: Socket): void {
    socket.destroy();
    this.#sockets.delete(socket);
  }

  release(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const socket of this.#sockets) this.#drop(socket);
  }
}
