import type { Socket } from 'node:net';
import { connectSilent } from '../supervise/connect.ts';

/** A connection that says nothing holds a monitor's output up for a second (cell/monitor.c); this is well below. */
const RENEW = 400;

/** Holds what a cell's child prints back until `release` is called. */
export class OutputHold {
  readonly #directory: string;
  #sockets: Socket[] = [];
  #timer: NodeJS.Timeout | undefined;
  #released = false;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** The cell in whose directory this is must listen already. */
  static async start(directory: string): Promise<OutputHold> {
    const hold = new OutputHold(directory);
    await hold.#renew();
    // One that cannot connect any more holds nothing: the cell is gone.
    hold.#timer = setInterval(() => void hold.#renew().catch(() => {}), RENEW);
    return hold;
  }

  /** The new connection is there before the old one goes. */
  async #renew(): Promise<void> {
    const socket = await connectSilent(this.#directory);
    socket.on('error', () => {});
    if (this.#released) socket.destroy();
    else this.#sockets.push(socket);
    if (this.#sockets.length > 2) this.#sockets.shift()?.destroy();
  }

  release(): void {
    this.#released = true;
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets = [];
  }
}
