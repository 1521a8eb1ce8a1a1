import { join } from 'node:path';
import { type Logger, messageOf } from '@wharf/kit';
import type { OpRunner } from '@wharf/linux';
import type { ContainerRecord } from '../containers/record.ts';
import type { RuntimeTable } from '../containers/runtime-table.ts';
import type { ContainerStore } from '../containers/store.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { compressRotated } from './compressor.ts';
import { DiskWatch } from './disk-watch.ts';
import { Leftovers } from './leftovers.ts';
import { isAllSent } from './log-cursor.ts';
import { logFiles } from './log-files.ts';
import { type LogDefaults, type LogPlan, logPath, logPlan } from './log-plan.ts';
import { SenderClient, type SenderProcess } from './sender/sender-client.ts';
import { makeSink } from './sinks/make-sink.ts';

/** How often is looked for files to compress. */
const COMPRESS_EVERY_MS = 1000;
const CURSOR = 'log-cursor.json';

export interface LogKeeperOptions {
  readonly store: Pick<ContainerStore, 'find' | 'all'>;
  readonly table: Pick<RuntimeTable, 'process'>;
  readonly events: Pick<EventService, 'subscribe'>;
  readonly runner: OpRunner;
  /** Starts the process that sends logs. */
  readonly spawnSender: () => SenderProcess;
  readonly logger: Logger;
  readonly defaults: LogDefaults;
  /** Where the containers' own directories are. */
  readonly parent: string;
}

function cannotStart(why: string, cause: unknown): Error {
  return fail('LOG_DRIVER', `failed to create task for container: failed to initialize logging driver: ${why}`, {
    cause,
  });
}

/** What happens to the logs of containers beside being written, which cells do alone: sending and compressing. */
export class LogKeeper {
  readonly #options: LogKeeperOptions;
  readonly #sender: SenderClient;
  readonly #leftovers: Leftovers;
  readonly #disk: DiskWatch;
  /** Logs whose rotated files are compressed. */
  readonly #packing = new Map<string, LogPlan>();
  /** Readers of each log at this moment: what they read is not emptied under them. */
  readonly #readers = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #compressing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    const { spawnSender: spawn, logger } = options;
    const running = () => options.store.all().some(({ state }) => state.status === 'running');
    this.#disk = new DiskWatch(options.parent, logger, running);
    this.#sender = new SenderClient({ spawn, logger, hold: (id) => this.#hold(id) });
    this.#leftovers = new Leftovers({ sender: this.#sender, parent: options.parent });
    options.events.subscribe(({ Type, Action, Actor }) => {
      if (Type !== 'container') return;
      if (Action === 'start') this.#started(Actor.ID);
      else if (Action === 'die') this.#ended(Actor.ID);
    });
  }

  /** What users should know of all logs. */
  warnings(): string[] {
    return this.#disk.warnings();
  }

  /** Throws BAD_CONFIG for a tag that cannot be used. */
  plan(record: ContainerRecord): LogPlan | undefined {
    return logPlan(record, join(this.#options.parent, record.id), this.#options.defaults);
  }

  /** The file that the cell writes. */
  path(record: ContainerRecord): string {
    return logPath(record, join(this.#options.parent, record.id));
  }

  /** Before a start: the tag can be made and the receiver is there, as with Docker. Throws LOG_DRIVER. */
  async check(record: ContainerRecord): Promise<void> {
    const shipping = this.#planToStart(record)?.shipping;
    if (!shipping) return;
    const shipment = shipping.driver.open(shipping.options, shipping.subject, shipping.places);
    if (!shipment.mustConnect) return;
    const sink = makeSink(shipment, shipping.driver.name, this.#options.runner);
    try {
      await sink.connect();
    } catch (error) {
      throw cannotStart(`${shipment.complaint ?? ''}${messageOf(error)}`, error);
    } finally {
      sink.close();
    }
  }

  #planToStart(record: ContainerRecord): LogPlan | undefined {
    try {
      return this.plan(record);
    } catch (error) {
      throw cannotStart(messageOf(error), error);
    }
  }

  /** A reader of the log, until the returned function is called. */
  reading(id: string): () => void {
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      const left = (this.#readers.get(id) ?? 1) - 1;
      if (left > 0) this.#readers.set(id, left);
      else this.#readers.delete(id);
    };
  }

  /** When the engine starts: goes on where the last one was. */
  resume(): void {
    for (const record of this.#options.store.all()) {
      if (record.state.status === 'running') this.#started(record.id);
      else this.#sendRest(record);
    }
  }

  /** Sends what is left of a removed container's log. False when its files must stay for a later engine. */
  beforeRemoval(id: string): Promise<boolean> {
    this.#packing.delete(id);
    return this.#leftovers.finish(id);
  }

  /** Whether a directory without a container holds lines that are still to be sent; they are on their way then. */
  adopt(id: string): boolean {
    return this.#leftovers.adopt(id);
  }

  /** Lets go of all logs; containers write on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#disk.stop();
    this.#leftovers.stop();
    await this.#sender.close();
    await this.#compressing;
  }

  #started(id: string): void {
    const record = this.#options.store.find(id);
    const plan = record && this.#planOf(record);
    if (!record || !plan || this.#stopped) return;
    if (plan.compress && plan.maxFiles > 1) this.#pack(id, plan);
    this.#ship(record, plan, false);
  }

  #ended(id: string): void {
    void this.#sender.finish(id);
    const plan = this.#packing.get(id);
    this.#packing.delete(id);
    if (plan) this.#compress([[id, plan]]);
  }

  /** An engine may have been killed between the end of a container and its last line. */
  #sendRest(record: ContainerRecord): void {
    const plan = this.#planOf(record);
    if (plan?.shipping && logFiles(plan.path).length > 0) this.#ship(record, plan, true);
  }

  #planOf(record: ContainerRecord): LogPlan | undefined {
    try {
      return this.plan(record);
    } catch (error) {
      this.#options.logger.warn('log', { container: record.id, error: messageOf(error) });
      return undefined;
    }
  }

  #ship(record: ContainerRecord, { path, shipping }: LogPlan, ended: boolean): void {
    if (!shipping) return;
    const { driver, options, subject, places, limits } = shipping;
    const cursor = join(this.#options.parent, record.id, CURSOR);
    if (ended && isAllSent(path, cursor)) return;
    const job = { spool: path, cursor, driver: driver.name, options, subject, places, limits };
    try {
      this.#leftovers.note(record.id, job);
    } catch (error) {
      this.#options.logger.warn('cannot note how a log is sent', { container: record.id, error: messageOf(error) });
    }
    this.#sender.send(record.id, job, ended);
  }

  /** A reader that takes nothing: the cell then stops reading the container's output. */
  async #hold(id: string): Promise<() => void> {
    const stream = await this.#options.table.process(id)?.attach({ stdin: false, stdout: true, stderr: true });
    stream?.on('error', () => {});
    stream?.pause();
    return () => stream?.destroy();
  }

  #pack(id: string, plan: LogPlan): void {
    this.#packing.set(id, plan);
    this.#timer ??= setInterval(() => this.#compress([...this.#packing]), COMPRESS_EVERY_MS).unref();
  }

  #compress(logs: readonly (readonly [string, LogPlan])[]): void {
    this.#compressing = this.#compressing.then(async () => {
      for (const [id, plan] of logs) {
        if (this.#stopped || this.#readers.has(id)) continue;
        await compressRotated(plan.path, plan.maxFiles).catch((error: unknown) => {
          this.#options.logger.warn('cannot compress a log', { container: id, error: messageOf(error) });
        });
      }
    });
  }
}
