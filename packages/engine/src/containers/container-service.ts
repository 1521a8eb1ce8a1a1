import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '@wharf/kit';
import type {
  ContainerCreateResponse,
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  ContainerTopResponse,
  ContainerWaitResponse,
  ExplainStep,
  Filters,
  HostConfig,
  WaitCondition,
} from '@wharf/spec';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { Narrator } from '../explain/narrator.ts';
import type { ContainerLogs, LogsInput } from '../logs/container-logs.ts';
import type { ContainerSizes } from '../system/container-sizes.ts';
import type { Attacher, AttachRequest } from './attach.ts';
import { eventAttributes } from './attributes.ts';
import type { ContainerCreator, CreateInput } from './create.ts';
import { type Change, layerChanges } from './diff.ts';
import type { ContainerLifecycle } from './lifecycle.ts';
import { listContainers } from './list.ts';
import { checkName } from './names.ts';
import type { ContainerPauser } from './pause.ts';
import type { ImagePort } from './ports.ts';
import type { ContainerPruner, ContainersPruned } from './prune.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerRemover } from './remove.ts';
import type { RuntimeTable } from './runtime-table.ts';
import type { ContainerStarter } from './starter.ts';
import type { ContainerMeter, StatsInput } from './stats.ts';
import type { ContainerStore } from './store.ts';
import type { ProcessLister } from './top.ts';
import type { ContainerUpdater } from './update.ts';
import type { ContainerViews } from './views.ts';
import type { Waits } from './waits.ts';

/** Who asks: enough of the API's request context for the container services. */
export interface Caller {
  readonly signal: AbortSignal;
}

export interface ContainerServiceParts {
  readonly store: ContainerStore;
  readonly table: RuntimeTable;
  readonly creator: ContainerCreator;
  readonly lifecycle: ContainerLifecycle;
  readonly remover: ContainerRemover;
  readonly starter: ContainerStarter;
  readonly views: ContainerViews;
  readonly attacher: Attacher;
  readonly pauser: ContainerPauser;
  readonly pruner: ContainerPruner;
  readonly meter: ContainerMeter;
  readonly lister: ProcessLister;
  readonly updater: ContainerUpdater;
  readonly images: ImagePort;
  readonly sizes: ContainerSizes;
  readonly waits: Waits;
  readonly logs: ContainerLogs;
  readonly events: EventService;
  readonly clock: Clock;
}

interface StopInput {
  readonly signal?: string;
  readonly timeout?: number;
}

/** The noun "container": what the API's Container routes need, over the parts that do it. */
export class ContainerService {
  readonly #parts: ContainerServiceParts;

  constructor(parts: ContainerServiceParts) {
    this.#parts = parts;
  }

  create(input: CreateInput): Promise<ContainerCreateResponse> {
    return this.#parts.creator.create(input);
  }

  /** `explain` is filled with what was done. */
  start(id: string, { explain }: { readonly explain?: ExplainStep[] } = {}): Promise<void> {
    return this.#parts.lifecycle.start(this.#get(id), explain && new Narrator(explain));
  }

  stop(id: string, options: StopInput): Promise<void> {
    return this.#parts.lifecycle.stop(this.#get(id), options);
  }

  restart(id: string, options: StopInput): Promise<void> {
    return this.#parts.lifecycle.restart(this.#get(id), options);
  }

  kill(id: string, { signal }: { readonly signal: string }): Promise<void> {
    return this.#parts.lifecycle.kill(this.#get(id), signal);
  }

  pause(id: string): Promise<void> {
    return this.#parts.pauser.pause(this.#get(id));
  }

  async unpause(id: string): Promise<void> {
    this.#parts.pauser.unpause(this.#get(id));
  }

  async stats(id: string, input: StatsInput, { signal }: Caller): Promise<AsyncIterable<ContainerStats>> {
    return this.#parts.meter.stats(this.#get(id), input, signal);
  }

  /** `changes`: the members of HostConfig that an update may have; returns warnings. */
  update(id: string, changes: HostConfig): Promise<readonly string[]> {
    const record = this.#get(id);
    return this.#parts.lifecycle.exclusive(record, () => this.#parts.updater.update(record, changes));
  }

  changes(id: string): Promise<Change[]> {
    return layerChanges(this.#parts.images.layers(this.#get(id).id));
  }

  top(id: string, psArgs: string): Promise<ContainerTopResponse> {
    return this.#parts.lister.top(this.#get(id), psArgs);
  }

  prune(filters: Filters, { dryRun }: { readonly dryRun: boolean }, { signal }: Caller): Promise<ContainersPruned> {
    return this.#parts.pruner.prune(filters, this.#parts.clock.now(), { signal, dryRun });
  }

  /** IDs of the containers that a prune of containers would take; names of other filters are passed over. */
  idle(filters: Filters, now: number): string[] {
    const known = new Map([...filters].filter(([name]) => ['label', 'label!', 'until'].includes(name)));
    return this.#parts.pruner.candidates(known, now).map(({ id }) => id);
  }

  async remove(
    id: string,
    { force, link, volumes }: { readonly force: boolean; readonly link?: boolean; readonly volumes?: boolean },
  ): Promise<void> {
    const record = this.#get(id);
    // There are no links yet: every name is a container's own, and to take it for the container would lose the container.
    if (link) throw fail('NOT_SUPPORTED', 'Conflict, cannot remove the default link name of the container');
    await this.#parts.remover.remove(record, { force, volumes: volumes ?? false }, this.#parts.lifecycle);
    if (!record.hostConfig.AutoRemove) await this.#parts.store.durable();
  }

  async rename(id: string, name: string): Promise<void> {
    const record = this.#get(id);
    const { store, events } = this.#parts;
    if (name === '') throw fail('BAD_NAME', 'Neither old nor new names may be empty');
    const bare = checkName(name);
    if (bare === record.name) throw fail('BAD_CONFIG', 'Renaming a container with the same name as its current name');
    const old = record.name;
    store.rename(record, bare);
    await store.durable();
    events.publish('container', 'rename', record.id, { ...eventAttributes(record), oldName: `/${old}` });
  }

  async resize(id: string, size: { readonly height: number; readonly width: number }): Promise<void> {
    const record = this.#get(id);
    const process = this.#parts.table.process(record.id);
    if (!process) throw fail('NOT_RUNNING', `Container ${record.id} is not running`);
    process.resize(size.height, size.width);
    const attributes = { ...eventAttributes(record), height: String(size.height), width: String(size.width) };
    this.#parts.events.publish('container', 'resize', record.id, attributes);
  }

  async inspect(id: string, { size }: { readonly size: boolean }): Promise<ContainerInspect> {
    const record = this.#get(id);
    const view = this.#parts.views.inspect(record);
    if (!size) return view;
    const { rw, root } = await this.#parts.sizes.usage(record.id);
    return { ...view, SizeRw: rw, SizeRootFs: root };
  }

  list(options: {
    readonly all: boolean;
    readonly limit: number;
    readonly size: boolean;
    readonly filters: Filters;
  }): Promise<ContainerSummary[]> {
    return listContainers(options, { ...this.#parts, now: this.#parts.clock.now() });
  }

  async wait(
    id: string,
    condition: WaitCondition,
    { signal }: Caller,
  ): Promise<{ exit: Promise<ContainerWaitResponse> }> {
    const record = this.#get(id);
    const { waits } = this.#parts;
    if (condition === 'removed') return { exit: waits.next(record.id, 'removed', signal) };
    const idle = record.state.status !== 'running' && record.state.status !== 'restarting';
    if (condition === 'not-running' && idle) {
      const { exitCode, error } = record.state;
      const response = { StatusCode: exitCode, ...(error ? { Error: { Message: error } } : {}) };
      return { exit: Promise.resolve(response) };
    }
    return { exit: waits.next(record.id, 'exit', signal) };
  }

  async logs(
    id: string,
    options: LogsInput & { readonly follow: boolean },
    { signal }: Caller,
  ): Promise<{ tty: boolean; stream: Readable }> {
    const record = this.#get(id);
    if (!options.stdout && !options.stderr) {
      throw fail('BAD_CONFIG', 'Bad parameters: you must choose at least one stream');
    }
    const follow = () =>
      options.follow && this.#parts.store.has(record) && ['running', 'restarting'].includes(record.state.status);
    const stream = this.#parts.logs.read(record, options, follow, signal);
    return { tty: record.config.Tty ?? false, stream };
  }

  attach(id: string, options: AttachRequest): Promise<{ tty: boolean; stream: Duplex }> {
    return this.#parts.attacher.attach(this.#get(id), options);
  }

  #get(id: string): ContainerRecord {
    return this.#parts.store.get(id);
  }
}
