import type { Clock } from '@wharf/kit';
import { runPs } from '@wharf/linux';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import type { MachineCgroups } from '../sandboxes/machine-cgroups.ts';
import { eventAttributes } from './attributes.ts';
import { fullFormat, type ProcessTable } from './process-list.ts';
import type { ContainerRecord } from './record.ts';

/** Lists the processes of containers as ps on the host shows them. */
export class ProcessLister {
  readonly #cgroups: MachineCgroups;
  readonly #events: EventService;
  readonly #clock: Clock;

  constructor(options: {
    readonly cgroups: MachineCgroups;
    readonly events: EventService;
    readonly clock: Clock;
  }) {
    this.#cgroups = options.cgroups;
    this.#events = options.events;
    this.#clock = options.clock;
  }

  /** `args` are options of ps, separated by spaces. Throws NOT_RUNNING, BAD_CONFIG, PS_OUTPUT, HOST_PS_FAILED. */
  async top(record: ContainerRecord, args: string): Promise<ProcessTable> {
    checkArguments(args);
    const { id, state, sandbox } = record;
    if (state.status === 'restarting') {
      throw fail('NOT_RUNNING', `Container ${id} is restarting, wait until the container is running`);
    }
    if (state.status !== 'running') throw fail('NOT_RUNNING', `container ${id} is not running`);
    const pids = this.#cgroups.processes(sandbox);
    const table = args === '-ef' ? await fullFormat(pids, this.#clock.now()) : await this.#asked(pids, args);
    this.#events.publish('container', 'top', id, eventAttributes(record));
    return table;
  }

  async #asked(pids: readonly number[], args: string): Promise<ProcessTable> {
    const words = args.split(' ').filter(Boolean);
    // Some options cannot be used together with -q: then all processes are listed and ours picked out.
    const output = await runPs([...words, '-q', pids.join(',')]).catch(() => runPs(words));
    return parsePs(output, new Set(pids));
  }
}

/** Renaming another column to PID would show processes that are not the container's. */
function checkArguments(args: string): void {
  const renamed = /\s+(\S*)=\s*(PID\S*)/.exec(args);
  if (renamed) throw fail('BAD_CONFIG', `specifying "${renamed[1]}=${renamed[2]}" is not allowed`);
  if (args.length > 4096) throw fail('BAD_CONFIG', 'the options for ps are too long');
}

/** The lines of ps that belong to the processes; the last column takes what is left of a line. Throws PS_OUTPUT. */
export function parsePs(output: string, pids: ReadonlySet<number>): ProcessTable {
  const [head = '', ...lines] = output.split('\n');
  const titles = head.split(/\s+/).filter(Boolean);
  const at = titles.indexOf('PID');
  if (at < 0) throw fail('PS_OUTPUT', "Couldn't find PID field in ps output");
  const rows: string[][] = [];
  let ours = false;
  for (const line of lines) {
    const fields = line.split(/\s+/).filter(Boolean);
    if (fields.length === 0) continue;
    const number = fields[at] ?? '';
    // A line with - is about a thread of the process above.
    if (number !== '-' && !/^\d+$/.test(number)) throw fail('PS_OUTPUT', `Unexpected pid '${number}': invalid syntax`);
    if (number !== '-') ours = pids.has(Number(number));
    if (!ours) continue;
    rows.push([...fields.slice(0, titles.length - 1), fields.slice(titles.length - 1).join(' ')]);
  }
  return { Titles: titles, Processes: rows };
}
