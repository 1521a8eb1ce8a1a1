import { Readable } from 'node:stream';
import type { ContainerRecord } from '../containers/record.ts';
import { fail } from '../errors.ts';
import type { LogKeeper } from './log-keeper.ts';
import { readLog } from './read-log.ts';

/** What of a container's log is wanted, as in the API. */
export interface LogsInput {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Nanoseconds since 1970. */
  readonly since?: bigint;
  readonly until?: bigint;
  readonly timestamps: boolean;
  readonly details: boolean;
  readonly tail: number | 'all';
  readonly follow?: boolean;
}

/** Logs as the API streams them, whatever driver they also go to. */
export class ContainerLogs {
  readonly #keeper: LogKeeper;

  constructor(keeper: LogKeeper) {
    this.#keeper = keeper;
  }

  /** `follow` is asked whether to wait for more. Throws NOT_SUPPORTED when the log cannot be read. */
  read(record: ContainerRecord, input: LogsInput, follow: () => boolean, signal?: AbortSignal): Readable {
    const plan = this.#keeper.plan(record);
    if (!plan?.readable) throw fail('NOT_SUPPORTED', 'configured logging driver does not support reading');
    const { since, until } = input;
    const lines = readLog({
      path: plan.path,
      attributes: plan.attributes,
      tty: record.config.Tty ?? false,
      stdout: input.stdout,
      stderr: input.stderr,
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      timestamps: input.timestamps,
      details: input.details ? plan.details : '',
      tail: input.tail,
      merge: !(input.follow ?? false),
      follow,
      ...(signal ? { signal } : {}),
    });
    const done = this.#keeper.reading(record.id);
    return Readable.from(lines, { objectMode: false }).once('close', done);
  }

  /** As inspect shows it: only Docker's json-file is a file for others to read. */
  shownPath(record: ContainerRecord): string {
    const type = record.hostConfig.LogConfig?.Type || 'json-file';
    return type === 'json-file' ? this.#keeper.path(record) : '';
  }
}
