import { readFileSync } from 'node:fs';
import type { Clock } from '@wharf/kit';
import type { ExitRecord } from '@wharf/runtime';
import type { ContainerRecord } from '../containers/record.ts';
import { rfc3339 } from '../containers/time.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import type { EndRecord, SentBy, SentSignal } from './end-record.ts';
import { signalHandling } from './signal-handling.ts';

/** How many signals of one run and how many ends of a container are kept. */
const MOST_SIGNALS = 6;
const MOST_ENDS = 10;

/**
 * Writes into the record of a container what `wharf why` answers from: who sent which signal, how each run ended. Whoever
 * calls it saves the record.
 */
export class EndJournal {
  readonly #clock: Clock;
  readonly #cgroups: Pick<MachineCgroups, 'limitsHit'>;

  constructor(options: { readonly clock: Clock; readonly cgroups: Pick<MachineCgroups, 'limitsHit'> }) {
    this.#clock = options.clock;
    this.#cgroups = options.cgroups;
  }

  /** To be called before the signal is sent: afterwards nobody can tell what the process would do with it. */
  sending(record: ContainerRecord, by: SentBy, signal: number): void {
    const handling = signalHandling(statusText(record.state.pid), signal);
    const sent: SentSignal = {
      by,
      signal,
      at: rfc3339(this.#clock.nowNanos()),
      ...(handling === undefined ? {} : { handling }),
    };
    record.sent = [...(record.sent ?? []), sent].slice(-MOST_SIGNALS);
  }

  /** A run is over. To be called while the record still names its sandbox. */
  ended(
    record: ContainerRecord,
    exit: ExitRecord,
    {
      kind,
      again,
      engineAway,
    }: { readonly kind: EndRecord['kind']; readonly again: boolean; readonly engineAway: boolean },
  ): void {
    const { state } = record;
    const last = state.health?.status === 'unhealthy' ? state.health.log.at(-1) : undefined;
    this.#add(record, {
      kind,
      startedAt: state.startedAt,
      at: rfc3339(exit.at),
      exitCode: exit.code,
      signal: exit.signal,
      oomKills: exit.oomKills,
      sent: record.sent ?? [],
      ...this.#limits(record, exit),
      ...(last ? { unhealthy: last.output.slice(0, 256) } : {}),
      ...(engineAway ? { engineAway } : {}),
      again,
    });
  }

  /** A start failed. */
  startFailed(record: ContainerRecord, exitCode: number, error: string): void {
    const at = rfc3339(this.#clock.nowNanos());
    const nothing = { signal: 0, oomKills: 0, sent: [], again: false };
    this.#add(record, { kind: 'start-failed', startedAt: at, at, exitCode, error: error.slice(0, 1024), ...nothing });
  }

  #add(record: ContainerRecord, end: EndRecord): void {
    record.ends = [...(record.ends ?? []), end].slice(-MOST_ENDS);
    delete record.sent;
  }

  /** The counters are read only where they can say something: ends are frequent. */
  #limits({ hostConfig, sandbox }: ContainerRecord, exit: ExitRecord): Partial<EndRecord> {
    const limited = (hostConfig.Memory ?? 0) > 0 || (hostConfig.PidsLimit ?? 0) > 0;
    if (!limited && exit.oomKills === 0) return {};
    const { memoryLimit, memoryPeak, pidsRefused = 0 } = this.#cgroups.limitsHit(sandbox);
    return {
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(memoryPeak === undefined ? {} : { memoryPeak }),
      ...(pidsRefused > 0 ? { pidsRefused } : {}),
    };
  }
}

/** /proc/PID/status; empty when the process is gone. */
function statusText(pid: number): string {
  try {
    return pid > 0 ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
  } catch {
    return '';
  }
}
