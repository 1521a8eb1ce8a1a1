import type { ImageService } from '@wharf/images';
import type { Clock } from '@wharf/kit';
import {
  type ContainerConfig,
  type Digest,
  familiarString,
  type ImageConfig,
  type ImageRunConfig,
  parseReference,
  type Reference,
  withDefaultTag,
} from '@wharf/spec';
import type { Copies } from '../archive/copies.ts';
import { eventAttributes } from '../containers/attributes.ts';
import { mergeConfig } from '../containers/merge.ts';
import type { ContainerPauser } from '../containers/pause.ts';
import type { ImagePort } from '../containers/ports.ts';
import type { ContainerRecord } from '../containers/record.ts';
import type { ContainerStore } from '../containers/store.ts';
import { rfc3339 } from '../containers/time.ts';
import { fail } from '../errors.ts';
import type { EventService } from '../events/event-service.ts';
import { applyChanges } from './apply-changes.ts';

export interface CommitServiceOptions {
  readonly store: ContainerStore;
  readonly images: ImagePort;
  readonly imageService: ImageService;
  readonly copies: Copies;
  readonly pauser: ContainerPauser;
  readonly events: EventService;
  readonly clock: Clock;
}

export interface CommitInput {
  readonly container: string;
  readonly repo: string;
  readonly tag: string;
  readonly author: string;
  readonly comment: string;
  readonly pause: boolean;
  /** Instructions as a Dockerfile has them. */
  readonly changes: readonly string[];
  /** In place of the container's own. */
  readonly config?: ContainerConfig;
}

/** Makes images of containers. */
export class CommitService {
  readonly #options: CommitServiceOptions;

  constructor(options: CommitServiceOptions) {
    this.#options = options;
  }

  /** Returns the image's ID. Throws NO_SUCH_CONTAINER, BAD_CHANGE, CANNOT_COMMIT, not_found when its image is gone. */
  async commit(input: CommitInput): Promise<Digest> {
    const name = nameOf(input);
    const record = this.#options.store.get(input.container);
    checkState(record);
    const config = mergeConfig(
      applyChanges(input.config ?? record.config, input.changes),
      record.config as ImageRunConfig,
    );
    return await this.#paused(record, input.pause, async () => {
      const id = await this.#make(record, config, input);
      await this.#publish(record, input, id, name);
      return id;
    });
  }

  async #publish(record: ContainerRecord, input: CommitInput, id: Digest, name: Reference | undefined): Promise<void> {
    const { imageService, events } = this.#options;
    if (name) await imageService.tag(id, name);
    events.publish('container', 'commit', record.id, {
      ...eventAttributes(record),
      comment: input.comment,
      imageID: id,
      imageRef: name ? familiarString(name) : '',
    });
  }

  /** A container that runs is frozen meanwhile, so that its files belong together. */
  async #paused<T>(record: ContainerRecord, pause: boolean, work: () => Promise<T>): Promise<T> {
    const { pauser } = this.#options;
    const freeze = pause && record.state.status === 'running' && !record.state.paused;
    if (!freeze) return await work();
    await pauser.pause(record);
    try {
      return await work();
    } finally {
      if (record.state.paused) pauser.unpause(record);
    }
  }

  async #make(record: ContainerRecord, config: ContainerConfig, { author, comment }: CommitInput): Promise<Digest> {
    const { images, imageService, copies, clock } = this.#options;
    const parent = imageService.get(record.imageId);
    const { upper, lower } = images.layers(record.id);
    const copy = await copies.beginLayer(record.id, upper, lower);
    try {
      const created = rfc3339(clock.nowNanos());
      const { rootfs: _, ...base } = withoutTraces(parent.config);
      const signed = author === '' ? {} : { author };
      const step = {
        created,
        ...signed,
        created_by: (record.config.Cmd ?? []).join(' '),
        ...(comment === '' ? {} : { comment }),
      };
      const { author: _before, ...rest } = base;
      const document: Omit<ImageConfig, 'rootfs'> = { ...rest, ...signed, created, config: runConfig(config) };
      return await imageService.make({ below: parent.layers, layer: copy.read(), config: document, step });
    } finally {
      await copy.close();
    }
  }
}

/** Without what Docker writes of the container and engine that an image was made with. */
function withoutTraces(config: ImageConfig): ImageConfig {
  const traces = ['container', 'container_config', 'docker_version', 'comment', 'id', 'parent'];
  return Object.fromEntries(Object.entries(config).filter(([key]) => !traces.includes(key))) as unknown as ImageConfig;
}

function nameOf({ repo, tag }: CommitInput): Reference | undefined {
  if (repo === '') return undefined;
  const reference = parseReference(repo);
  if (reference.digest !== undefined) throw fail('BAD_CONFIG', 'cannot commit to digest reference');
  return tag === '' ? withDefaultTag(reference) : parseReference(`${repo}:${tag}`);
}

function checkState({ id, state }: ContainerRecord): void {
  if (state.status === 'dead') throw fail('CANNOT_COMMIT', `You cannot commit container ${id} which is Dead`);
  if (state.status === 'removing') {
    throw fail('CANNOT_COMMIT', `You cannot commit container ${id} which is being removed`);
  }
}

const MEMBERS = [
  ...(['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Healthcheck', 'ArgsEscaped', 'Volumes'] as const),
  ...(['WorkingDir', 'Labels', 'OnBuild', 'StopSignal', 'Shell'] as const),
];

/** The members of a container's configuration that mean something in an image; empty ones are left out. */
function runConfig(config: ContainerConfig): ImageRunConfig {
  const isEmpty = (value: unknown) =>
    value === undefined ||
    value === null ||
    value === '' ||
    value === false ||
    (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(
    MEMBERS.map((member) => [member, config[member]] as const).filter(([, value]) => !isEmpty(value)),
  ) as ImageRunConfig;
}
