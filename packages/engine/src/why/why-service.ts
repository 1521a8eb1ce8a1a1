import type { Readable } from 'node:stream';
import type { Clock } from '@wharf/kit';
import { FrameReader, type WharfWhy } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import type { ContainerStore } from '../containers/store.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { explain, type WhyFacts } from './explain.ts';
import { printable } from './printable.ts';

const LONGEST_LINE = 300;
/** Of the log no more than this is read, in bytes. */
const MOST_BYTES = 64 * 1024;

/** Reads the last lines of a container's log. */
export type LastLines = (
  id: string,
  tail: number,
  signal: AbortSignal,
) => Promise<{ readonly tty: boolean; readonly stream: Readable }>;

/** Answers why a container is in the state that it is in. */
export class WhyService {
  readonly #store: Pick<ContainerStore, 'get'>;
  readonly #cgroups: Pick<MachineCgroups, 'limitsHit' | 'stats'>;
  readonly #clock: Clock;
  readonly #lastLines: LastLines;

  constructor(options: {
    readonly store: Pick<ContainerStore, 'get'>;
    readonly cgroups: Pick<MachineCgroups, 'limitsHit' | 'stats'>;
    readonly clock: Clock;
    readonly lastLines: LastLines;
  }) {
    this.#store = options.store;
    this.#cgroups = options.cgroups;
    this.#clock = options.clock;
    this.#lastLines = options.lastLines;
  }

  /** GET /containers/{id}/wharf-why with the last `tail` lines of output. Throws NO_SUCH_CONTAINER, AMBIGUOUS_CONTAINER. */
  async why(
    id: string,
    { tail }: { readonly tail: number },
    { signal }: { readonly signal: AbortSignal },
  ): Promise<WharfWhy> {
    const record = this.#store.get(id);
    const [lastOutput, live] = await Promise.all([this.#output(record, tail, signal), this.#live(record)]);
    return explain(record, { now: this.#clock.now(), lastOutput, ...(live ? { live } : {}) });
  }

  async #live({ state, sandbox }: ContainerRecord): Promise<WhyFacts['live']> {
    if (state.status !== 'running') return undefined;
    const { oomKills, pidsRefused, memoryLimit } = this.#cgroups.limitsHit(sandbox);
    const { memory } = this.#cgroups.stats(sandbox);
    const limit = memoryLimit ?? memory.limit;
    return {
      oomKills,
      ...(pidsRefused === undefined ? {} : { pidsRefused }),
      ...(memory.usage === undefined ? {} : { memory: memory.usage }),
      ...(limit === undefined ? {} : { memoryLimit: limit }),
    };
  }

  /** The last lines, shortened; none where the log cannot be read: that is no reason to give no answer. */
  async #output({ id }: ContainerRecord, tail: number, signal: AbortSignal): Promise<string[]> {
    if (tail === 0) return [];
    try {
      const { tty, stream } = await this.#lastLines(id, tail, signal);
      return linesOf(await gather(stream, tty), tail);
    } catch {
      return [];
    }
  }
}

/** The end of what a log stream holds, without its framing. */
async function gather(stream: Readable, tty: boolean): Promise<Buffer> {
  let kept = Buffer.alloc(0);
  const keep = (chunk: Uint8Array) => {
    kept = Buffer.concat([kept, chunk]).subarray(-MOST_BYTES);
  };
  const frames = new FrameReader((_, chunk) => keep(chunk));
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (tty) keep(chunk);
    else frames.push(chunk);
  }
  return kept;
}

function linesOf(bytes: Buffer, tail: number): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .map((line) => printable(line))
    .filter((line) => line !== '')
    .slice(-tail)
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
}
