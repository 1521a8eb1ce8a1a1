import type { SeededRandom } from './random.ts';
import type { RawAnswer, RawOptions } from './raw-request.ts';

/** What an operation of a storm may do. */
export interface StormContext {
  readonly random: SeededRandom;
  /** One of the names that all clients fight for. */
  readonly name: string;
  ask(method: string, path: string, options?: Partial<RawOptions>): Promise<RawAnswer>;
}

/** An operation: `weight` says how often it comes. Statuses outside of `good` (2xx, 3xx, 4xx are always) are failures. */
export interface Operation {
  readonly name: string;
  readonly weight: number;
  run(context: StormContext): Promise<unknown>;
}

const COMMANDS: readonly (readonly string[])[] = [
  ['sleep', '600'],
  ['true'],
  ['sh', '-c', 'sleep 0.3; exit 3'],
  ['sh', '-c', 'trap "" TERM; while :; do echo tick; sleep 0.1; done'],
  ['sh', '-c', '(setsid sleep 600 &) ; sleep 600'],
  ['sh', '-c', 'head -c 300000 /dev/zero | tr "\\0" x; sleep 600'],
  ['cat'],
  ['/no/such/program'],
];

function createBody(random: SeededRandom): object {
  const tty = random.chance(0.2);
  return {
    Image: 'busybox',
    Cmd: random.pick(COMMANDS),
    Tty: tty,
    OpenStdin: random.chance(0.3),
    Labels: { storm: String(random.below(3)) },
    ...(random.chance(0.2) && { Volumes: { '/data': {} } }),
    ...(random.chance(0.1) && {
      Healthcheck: { Test: ['CMD', 'true'], Interval: 200_000_000, Timeout: 1e9, Retries: 1 },
    }),
    HostConfig: {
      NetworkMode: random.pick(['none', 'none', 'none', 'bridge', 'host']),
      ...(random.chance(0.3)
        ? { AutoRemove: true }
        : { RestartPolicy: { Name: random.pick(['no', 'no', 'always', 'on-failure']) } }),
      Memory: random.pick([0, 32 << 20]),
      ReadonlyRootfs: random.chance(0.2),
      PidsLimit: 64,
      ...(random.chance(0.15) && { Binds: [`storm-volume-${random.below(3)}:/shared`] }),
    },
  };
}

const create: Operation = {
  name: 'create',
  weight: 30,
  async run({ random, name, ask }) {
    const replace = random.chance(0.15) ? '&wharf-replace=1' : '';
    const { status } = await ask('POST', `/containers/create?name=${name}${replace}`, { body: createBody(random) });
    if (status === 201 && random.chance(0.8)) await ask('POST', `/containers/${name}/start`);
  },
};

/** An operation that is one request without a body. */
function simple(name: string, weight: number, method: string, path: (context: StormContext) => string): Operation {
  return { name, weight, run: (context) => context.ask(method, path(context)) };
}

/** One that goes on until its client leaves. */
function streamed(name: string, weight: number, path: (context: StormContext) => string): Operation {
  return {
    name,
    weight,
    run: (context) =>
      context.ask('GET', path(context), {
        leaveAfter: 50 + context.random.below(1_000),
        deaf: context.random.chance(0.3),
      }),
  };
}

const attach: Operation = {
  name: 'attach',
  weight: 5,
  run({ random, name, ask }) {
    const headers: Record<string, string> = random.chance(0.5) ? { Connection: 'Upgrade', Upgrade: 'tcp' } : {};
    return ask('POST', `/containers/${name}/attach?stream=1&stdout=1&stdin=1&logs=${random.below(2)}`, {
      headers,
      leaveAfter: 50 + random.below(800),
      deaf: random.chance(0.3),
    });
  },
};

const wait: Operation = {
  name: 'wait',
  weight: 4,
  run: ({ random, name, ask }) =>
    ask('POST', `/containers/${name}/wait?condition=${random.pick(['next-exit', 'removed', 'not-running'])}`, {
      leaveAfter: random.below(1_500),
    }),
};

const exec: Operation = {
  name: 'exec',
  weight: 10,
  async run({ random, name, ask }) {
    const command = random.pick([
      ['true'],
      ['sh', '-c', 'echo out; exit 3'],
      ['sleep', '5'],
      ['sh', '-c', 'setsid sleep 9 &'],
      ['/no/such'],
    ]);
    const body = { Cmd: command, AttachStdout: true, AttachStderr: true, Tty: random.chance(0.2) };
    const { status, text } = await ask('POST', `/containers/${name}/exec`, { body });
    if (status !== 201) return;
    const { Id } = JSON.parse(text) as { Id: string };
    const leash = random.chance(0.2)
      ? ask('POST', `/exec/${Id}/wharf-leash`, { leaveAfter: 20 + random.below(500) })
      : undefined;
    const started = ask('POST', `/exec/${Id}/start`, {
      body: { Detach: random.chance(0.3), Tty: body.Tty },
      leaveAfter: 20 + random.below(700),
    });
    if (random.chance(0.3)) await ask('POST', `/exec/${Id}/wharf-kill`);
    await Promise.all([started, leash]);
    await ask('GET', `/exec/${Id}/json`);
  },
};

const update: Operation = {
  name: 'update',
  weight: 3,
  run: ({ random, name, ask }) =>
    ask('POST', `/containers/${name}/update`, {
      body: random.pick([
        { Memory: 48 << 20, MemorySwap: 48 << 20 },
        { PidsLimit: 80 },
        { RestartPolicy: { Name: 'no' } },
      ]),
    }),
};

const at =
  (suffix: string) =>
  ({ name }: StormContext) =>
    `/containers/${name}/${suffix}`;

/** Everything that clients do to containers, all the time and to the same ones. */
export const OPERATIONS: readonly Operation[] = [
  create,
  exec,
  attach,
  wait,
  update,
  simple('start', 8, 'POST', at('start')),
  simple('stop', 5, 'POST', ({ random, name }) => `/containers/${name}/stop?t=${random.below(2)}`),
  simple(
    'kill',
    5,
    'POST',
    ({ random, name }) => `/containers/${name}/kill?signal=${random.pick(['KILL', 'TERM', 'USR1'])}`,
  ),
  simple('restart', 4, 'POST', at('restart?t=0')),
  simple('pause', 3, 'POST', at('pause')),
  simple('unpause', 4, 'POST', at('unpause')),
  simple(
    'rename',
    2,
    'POST',
    ({ random, name }) => `/containers/${name}/rename?name=${random.pick(['storm-a', 'storm-b', name])}`,
  ),
  simple('remove', 4, 'DELETE', ({ name }) => `/containers/${name}`),
  simple('remove -f', 6, 'DELETE', ({ name }) => `/containers/${name}?force=1&v=1`),
  simple('inspect', 5, 'GET', ({ random, name }) => `/containers/${name}/json?size=${random.below(2)}`),
  simple('list', 3, 'GET', ({ random }) => `/containers/json?all=1&size=${random.below(2)}`),
  simple('top', 3, 'GET', at('top')),
  simple('changes', 2, 'GET', at('changes')),
  simple('stats', 3, 'GET', at('stats?stream=0&one-shot=1')),
  simple('df', 1, 'GET', () => '/system/df'),
  simple(
    'prune',
    1,
    'POST',
    ({ random }) => `/containers/prune?filters=${encodeURIComponent(`{"label":["storm=${random.below(3)}"]}`)}`,
  ),
  simple('volume prune', 1, 'POST', ({ random }) => `/volumes/prune${random.pick(['', '?wharf-dry-run=1'])}`),
  simple('volume remove', 1, 'DELETE', ({ random }) => `/volumes/storm-volume-${random.below(3)}`),
  simple('volumes', 1, 'GET', () => '/volumes'),
  simple('export', 1, 'GET', ({ name }) => `/containers/${name}/export`),
  simple('dry prune', 1, 'POST', () => '/containers/prune?wharf-dry-run=1'),
  simple('resize', 1, 'POST', at('resize?h=20&w=50')),
  simple('archive', 2, 'GET', at('archive?path=/etc/passwd')),
  streamed('stats stream', 3, at('stats')),
  streamed('logs', 6, ({ random, name }) => `/containers/${name}/logs?stdout=1&stderr=1&follow=${random.below(2)}`),
  streamed('events', 2, () => '/events'),
];
