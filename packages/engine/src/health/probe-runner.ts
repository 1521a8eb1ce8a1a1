import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type Clock, isCode, type Logger, messageOf } from '@wharf/kit';
import { formatGoDuration } from '@wharf/spec';
import type { ContainerRecord } from '../containers/record.ts';
import { rfc3339 } from '../containers/time.ts';
import { fail } from '../errors.ts';
import type { ExecService, RunningExec } from '../execs/exec-service.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { HealthPlan } from './health-plan.ts';
import type { ProbeResult } from './health-record.ts';
import { ProbeOutput } from './probe-output.ts';
import { Slots } from './slots.ts';

/** How long a check may take until it runs, in milliseconds; that time is not the check's own (as Docker). */
const START_PATIENCE = 30_000;
/** So many checks are started at a time: the rest of the engine's work comes between. */
const STARTS_AT_ONCE = 4;
/** When everything that was killed should be gone, in milliseconds. */
const SOON = 1000;
/** Longer ones fire at once (setTimeout of Node). */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface ProbeRunnerOptions {
  readonly execs: ExecService;
  readonly cgroups: MachineCgroups;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Runs health checks as further commands of their containers. */
export class ProbeRunner {
  readonly #options: ProbeRunnerOptions;
  readonly #slots = new Slots(STARTS_AT_ONCE);
  /** Names of the control groups that checks run in, inside their containers' own. */
  readonly #groups = new WeakMap<ContainerRecord, string>();

  constructor(options: ProbeRunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs one check to its end, or until `signal` aborts: then, as when it takes too long, it is killed with everything
   * that it started. Undefined when it was aborted, or when the
   * container does not run (any more); never rejects.
   */
  async run(record: ContainerRecord, plan: HealthPlan, signal: AbortSignal): Promise<ProbeResult | undefined> {
    const { clock } = this.#options;
    let start = rfc3339(clock.nowNanos());
    try {
      const { exitCode, output } = await this.#slots
        .run(() => {
          start = rfc3339(clock.nowNanos());
          return this.#start(record, plan, signal);
        })
        .then((running) => this.#finish(record, running, plan, signal));
      return signal.aborted ? undefined : { start, end: rfc3339(clock.nowNanos()), exitCode, output };
    } catch (error) {
      // One that met the end of its container says nothing of its health.
      if (signal.aborted || isCode(error, 'NOT_RUNNING') || isCode(error, 'PAUSED')) return undefined;
      return { start, end: rfc3339(clock.nowNanos()), exitCode: -1, output: messageOf(error) };
    }
  }

  async #start(record: ContainerRecord, plan: HealthPlan, signal: AbortSignal): Promise<RunningExec> {
    const { execs } = this.#options;
    signal.throwIfAborted();
    const { Id } = await execs.create(record.id, {
      attachStdin: false,
      attachStdout: true,
      attachStderr: true,
      tty: false,
      detachKeys: '',
      env: [],
      command: plan.command,
      privileged: false,
      user: '',
      workingDir: '',
      group: this.#group(record),
    });
    const starting = execs.run(Id);
    const started = await within(starting, START_PATIENCE);
    if (started) return started;
    starting.then((late) => this.#drop(record, late)).catch(() => {});
    throw fail('PROBE_FAILED', `timed out starting health check for container ${record.id}`);
  }

  async #finish(
    record: ContainerRecord,
    running: RunningExec,
    plan: HealthPlan,
    signal: AbortSignal,
  ): Promise<{ exitCode: number; output: string }> {
    const { stream, exited } = running;
    const output = new ProbeOutput();
    const told = drained(stream, output);
    const all = Promise.all([exited, told]);
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const ended = await within(Promise.race([all, aborted.then(() => undefined)]), plan.timeout);
    if (ended) {
      stream.destroy();
      return { exitCode: ended[0], output: output.text() };
    }
    await this.#kill(record, running);
    // What is frozen dies when it is thawed; nobody waits for that.
    if (!signal.aborted) await Promise.race([all, aborted]);
    stream.destroy();
    const limit = formatGoDuration(BigInt(Math.round(plan.timeout * 1e6)));
    const text = output.text();
    return { exitCode: -1, output: `Health check exceeded timeout (${limit})${text === '' ? '' : `: ${text}`}` };
  }

  /**
   * The group stays until something in it had to be killed. Then it is of no more use: Linux (seen on 6.18) kills at once
   * whatever is cloned into a group on which cgroup.kill was used before.
   */
  #group(record: ContainerRecord): string {
    const name = this.#groups.get(record) ?? `health-${randomBytes(4).toString('hex')}`;
    this.#groups.set(record, name);
    return name;
  }

  async #drop(record: ContainerRecord, late: RunningExec): Promise<void> {
    await this.#kill(record, late);
    late.stream.destroy();
  }

  async #kill(record: ContainerRecord, running: RunningExec): Promise<void> {
    const { cgroups, logger } = this.#options;
    const name = this.#groups.get(record);
    this.#groups.delete(record);
    const warn = (error: unknown) => logger.warn('health check', { container: record.id, error: messageOf(error) });
    await running.kill().catch(warn);
    if (name === undefined) return;
    // Where something is left that is frozen, the group goes with the container's.
    const { sandbox } = record;
    setTimeout(() => void cgroups.removeInner(sandbox, name).catch(warn), SOON).unref();
  }

  /** Ends the checks that an engine before this one started in a container. */
  endOthers(record: ContainerRecord): Promise<void> {
    return this.#options.execs.killOwn(record.id);
  }
}

/** The value, or undefined when it takes longer than so many milliseconds. */
async function within<T>(value: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const timer = Promise.withResolvers<undefined>();
  const timeout = setTimeout(() => timer.resolve(undefined), Math.min(milliseconds, LONGEST_TIMER));
  return Promise.race([value, timer.promise]).finally(() => clearTimeout(timeout));
}

/** Resolves when everything is read; a connection that breaks has told all that it will. */
function drained(stream: Duplex, output: ProbeOutput): Promise<void> {
  return new Promise((resolve) => {
    // One without a byte may have ended before anybody listened.
    if (stream.readableEnded || stream.destroyed) resolve();
    stream.on('data', (chunk: Buffer) => {
      try {
        output.push(chunk);
      } catch {
        stream.destroy();
      }
    });
    stream.on('error', () => resolve());
    stream.on('close', () => resolve());
    stream.on('end', () => resolve());
  });
}
