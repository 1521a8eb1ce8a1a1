/** Backends of plain objects: each test gives the methods that it needs, the others refuse. */
import type { Backends } from '../backends/index.ts';
import { fail } from '../errors.ts';

/** Backends whose every method may be left out. */
export type PartialBackends = { readonly [K in keyof Backends]?: Partial<Backends[K]> };

function refuseRest<T extends object>(given: Partial<T> | undefined): T {
  return new Proxy<object>(given ?? {}, {
    get(target, name) {
      return (
        Reflect.get(target, name) ??
        (() => {
          throw fail('NOT_OFFERED', `the test did not expect ${String(name)}`);
        })
      );
    },
  }) as T;
}

/** Completes partial backends; `ping` always answers. */
export function fakeBackends(given: PartialBackends): Backends {
  const ping = () => ({ builderVersion: '2' as const, experimental: false, swarm: 'inactive' });
  return {
    system: refuseRest({ ping, ...given.system }),
    images: refuseRest(given.images),
    containers: refuseRest(given.containers),
    execs: refuseRest(given.execs),
    volumes: refuseRest(given.volumes),
    archives: refuseRest(given.archives),
    commits: refuseRest(given.commits),
    networks: refuseRest(given.networks),
    why: refuseRest(given.why),
  };
}
