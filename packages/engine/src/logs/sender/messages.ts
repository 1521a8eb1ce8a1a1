import { StringDecoder } from 'node:string_decoder';
import type { LogOptions, LogPlaces } from '../drivers/driver.ts';
import type { LogSubject } from '../log-subject.ts';
import type { ShipperLimits } from '../shipper.ts';

/** One container's log, as the sending process is told of it. */
export interface SendJob {
  readonly spool: string;
  readonly cursor: string;
  readonly driver: string;
  readonly options: LogOptions;
  readonly subject: LogSubject;
  readonly places: LogPlaces;
  readonly limits: ShipperLimits;
}

/** From the engine, one JSON line each. */
export type SenderRequest =
  /** Start sending, or go on: the container prints. `ended`: it does not any more, only the rest is to be sent. */
  | {
      readonly do: 'send';
      readonly id: string;
      /** Comes back with `done`: a container may print again before that is heard. */
      readonly turn: number;
      readonly job: SendJob;
      readonly ended: boolean;
    }
  /** The container has ended: answered by `done` when everything is sent. */
  | { readonly do: 'finish'; readonly id: string }
  /** Give up what is not sent: the log is about to be removed. Answered by `done`. */
  | { readonly do: 'stop'; readonly id: string };

/** To the engine. */
export type SenderReport =
  | { readonly say: 'done'; readonly id: string; readonly turn: number }
  /** The container is to be held up, or let go. */
  | { readonly say: 'hold' | 'release'; readonly id: string }
  | {
      readonly say: 'warn';
      readonly id: string;
      readonly message: string;
      readonly facts: Readonly<Record<string, unknown>>;
    };

/** Cuts a stream of text into lines of JSON. What is none is an error of the other side and passed over. */
export class JsonLines<T> {
  /** A chunk may end in the middle of a character. */
  readonly #decoder = new StringDecoder();
  #rest = '';

  push(chunk: Buffer): T[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as T];
      } catch {
        return [];
      }
    });
  }
}
