import type { Encoded } from '../drivers/driver.ts';

/** Carries what a driver has encoded to the receiver. It holds at most what it was given last. */
export interface Sink {
  /**
   * Connects if it is not connected. Rejects when nobody is there, in the words of Go's `dial`.
   */
  connect(): Promise<void>;
  /**
   * Hands one batch over. `taken` is called once, as soon as the kernel (or the receiver, if it acknowledges) has the whole
   * batch, before anything else can happen in this process. Rejects when the connection broke or made no progress.
   */
  send(batch: Encoded, taken: () => void): Promise<void>;
  close(): void;
}
