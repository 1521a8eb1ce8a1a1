import { isCode, type Logger, messageOf } from '@wharf/kit';
import type { Reference } from '@wharf/spec';
import { fail } from './errors.ts';
import { statusOf } from './remote-error.ts';
import type { Endpoint } from './types.ts';

const MAX_REMEMBERED = 256;

/**
 * Tries the endpoints of a registry in order. A mirror that fails in any way is passed over; the registry's own
 * endpoints (https, then http where that is allowed) only when they cannot be reached. The last failure is the one
 * that the user sees; where nobody else can be reached, that of a mirror that broke says more.
 */
export class EndpointWalk {
  readonly #endpoints: (registry: string) => readonly Endpoint[];
  readonly #logger: Logger;
  /** The own endpoint of a registry that answered last: asked first, so that https is not tried again each time. */
  readonly #answered = new Map<string, string>();

  constructor(endpoints: (registry: string) => readonly Endpoint[], logger: Logger) {
    this.#endpoints = endpoints;
    this.#logger = logger;
  }

  /** Mirrors are left out for pushes and logins. */
  #candidates(registry: string, withMirrors: boolean): Endpoint[] {
    const all = this.#endpoints(registry);
    const own = all.filter(({ mirror }) => !mirror);
    const known = own.findIndex(({ url }) => url === this.#answered.get(registry));
    if (known > 0) own.unshift(...own.splice(known, 1));
    return [...(withMirrors ? all.filter(({ mirror }) => mirror) : []), ...own];
  }

  /** Runs `work` with one endpoint after the other until one succeeds. */
  async run<T>(
    ref: Pick<Reference, 'registry'>,
    options: { mirrors: boolean; signal?: AbortSignal },
    work: (endpoint: Endpoint) => Promise<T>,
  ): Promise<T> {
    const { registry } = ref;
    let failure: unknown = fail('REGISTRY_UNAVAILABLE', `no endpoint is configured for the registry ${registry}`);
    let broken: unknown;
    for (const endpoint of this.#candidates(registry, options.mirrors)) {
      try {
        const result = await work(endpoint);
        if (!endpoint.mirror) this.#remember(registry, endpoint);
        return result;
      } catch (error) {
        if (options.signal?.aborted) throw error;
        const goOn = endpoint.mirror === true || isCode(error, 'REGISTRY_UNREACHABLE');
        if (!goOn) throw error;
        this.#logger.debug('registry endpoint passed over', { url: endpoint.url, reason: messageOf(error) });
        if ((statusOf(error) ?? 0) >= 500) broken ??= error;
        failure = error;
      }
    }
    throw isCode(failure, 'REGISTRY_UNREACHABLE') ? (broken ?? failure) : failure;
  }

  #remember(registry: string, endpoint: Endpoint): void {
    if (this.#answered.size >= MAX_REMEMBERED) this.#answered.clear();
    this.#answered.set(registry, endpoint.url);
  }
}
