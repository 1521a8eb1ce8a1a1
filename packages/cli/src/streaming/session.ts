import type { HijackedStream } from '@wharf/client';
import { FrameReader } from '@wharf/spec';
import { exitError } from '../errors.ts';
import type { CommandContext } from '../framework/context.ts';
import type { Output } from '../framework/streams.ts';
import { DetachScanner, parseDetachKeys } from './detach-keys.ts';
import { takeTerminal } from './raw-terminal.spawn.ts';

export interface SessionOptions {
  /** The container has a terminal: one raw stream, and the keyboard goes to it key by key. */
  readonly tty: boolean;
  /** Send our input to the container. */
  readonly stdin: boolean;
  /** Empty for the default keys. */
  readonly detachKeys: string;
  /** Called with every output. */
  onOutput?(): void;
}

/** Writes the frames of a multiplexed stream to the two outputs. */
export function demultiplex(stdout: Output, stderr: Output): (chunk: Uint8Array) => void {
  const reader = new FrameReader((stream, chunk) => {
    if (stream === 3) throw exitError(`error from daemon in stream: ${Buffer.from(chunk).toString('utf8')}`, 1);
    (stream === 2 ? stderr : stdout).write(chunk);
  });
  return (chunk) => reader.push(chunk);
}

/** Copies our input to the container until it ends or the user detaches. Returns what undoes it. */
function sendInput(
  ctx: CommandContext,
  stream: HijackedStream,
  options: SessionOptions,
  onDetach: () => void,
): () => void {
  const input = ctx.stdin.stream();
  const raw = options.tty && ctx.stdin.isTerminal;
  const keys = parseDetachKeys(options.detachKeys) ?? parseDetachKeys('');
  const scanner = options.tty && keys ? new DetachScanner(keys) : undefined;
  const onData = (chunk: Buffer): void => {
    const { data, detached } = scanner?.scan(chunk) ?? { data: chunk, detached: false };
    if (data.length > 0 && !stream.write(data)) {
      input.pause();
      void stream.drained().then(() => input.resume());
    }
    if (detached) onDetach();
  };
  const onEnd = (): void => stream.closeWrite();
  const giveBack = raw ? takeTerminal(input) : (): void => {};
  input.on('data', onData);
  input.on('end', onEnd);
  input.on('error', onEnd);
  return () => {
    input.off('data', onData);
    input.off('end', onEnd);
    input.pause();
    giveBack();
  };
}

/**
 * Runs the streams of an attached container until its output ends, the user detaches, or our own output is closed.
 * The terminal is as it was before when this returns or throws.
 */
export async function runSession(
  ctx: CommandContext,
  stream: HijackedStream,
  options: SessionOptions,
): Promise<'ended' | 'detached'> {
  const write = options.tty
    ? (chunk: Uint8Array): void => ctx.stdout.write(chunk)
    : demultiplex(ctx.stdout, ctx.stderr);
  let undo = (): void => {};
  try {
    const detached = new Promise<'detached'>((resolve) => {
      if (options.stdin) undo = sendInput(ctx, stream, options, () => resolve('detached'));
    });
    const { onOutput } = options;
    const told = onOutput ? (chunk: Uint8Array): void => (onOutput(), write(chunk)) : write;
    return await Promise.race([stream.read(told).then((): 'ended' => 'ended'), detached]);
  } finally {
    undo();
    stream.close();
  }
}

/** How attach and exec end when the user has typed the detach keys, as Docker's client does; run and start just end. */
export function leftByKeys(): Error {
  return exitError('read escape sequence', 1);
}
