import { type CreateOptions, createContainer } from '../container/create.ts';
import { destroy } from '../container/destroy.ts';
import { stayUntilEnd } from '../container/foreground.ts';
import { startContainer } from '../container/start.ts';
import { fail } from '../errors.ts';
import { type FlagKinds, type Flags, parseFlags } from '../flags.ts';
import type { Command } from './command.ts';

const CREATE = {
  bundle: 'value',
  'console-socket': 'value',
  'pid-file': 'value',
  'no-pivot': 'flag',
  'no-new-keyring': 'flag',
  'no-subreaper': 'flag',
  'preserve-fds': 'value',
} as const satisfies FlagKinds;
const RUN = { ...CREATE, detach: 'flag', keep: 'flag' } as const satisfies FlagKinds;
const SHORT = { b: 'bundle', d: 'detach' } as const;

/** Descriptors beyond the standard streams stay outside, always; zero of them is what callers that want none say. */
export function checkPreserved(flags: Flags): void {
  if (Number(flags.text('preserve-fds') ?? 0) !== 0) {
    throw fail(
      'OCI_USAGE',
      '--preserve-fds is not supported: no descriptor but the standard streams enters a container',
    );
  }
}

function createOptions(flags: Flags, monitor: boolean): CreateOptions {
  checkPreserved(flags);
  return {
    id: flags.id,
    bundle: flags.text('bundle') ?? '.',
    consoleSocket: flags.text('console-socket'),
    pidFile: flags.text('pid-file'),
    noNewKeyring: flags.has('no-new-keyring'),
    monitor,
  };
}

/** `create ID`: the container's process waits for `start`. */
export const create: Command = async (host, args) => {
  await createContainer(host, createOptions(parseFlags(args, CREATE, SHORT), false));
  return 0;
};

/** `run ID`: create and start; without --detach also the wait for the end, and the removal. */
export const run: Command = async (host, args, terminal) => {
  const flags = parseFlags(args, RUN, SHORT);
  const detach = flags.has('detach');
  const { state, held } = await createContainer(host, createOptions(flags, !detach));
  if (detach) {
    try {
      await startContainer(host, state);
      return 0;
    } catch (error) {
      await destroy(host, state);
      throw error;
    }
  }
  const directory =
    state.config.process.terminal && flags.text('console-socket') === undefined
      ? host.states.directory(state.id)
      : undefined;
  try {
    return await stayUntilEnd(held, terminal, { directory, go: () => startContainer(host, state) });
  } finally {
    if (!flags.has('keep')) await destroy(host, state);
  }
};
