import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { ContainerProcess, connectAttach } from '@wharf/runtime';
import type { HeldProcess } from './held-process.ts';
import { takeTerminal } from './raw-terminal.spawn.ts';

/** The streams of the caller. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Signals that are passed on, and changes of the terminal's size. */
  readonly signals: NodeJS.EventEmitter;
}

const PASSED = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGTSTP'] as const;

function resize(held: HeldProcess, output: NodeJS.WriteStream): void {
  if (output.isTTY) held.resize(output.rows, output.columns);
}

/** Copies between the caller's terminal and the container's. */
async function connectTerminal(held: HeldProcess, directory: string, terminal: Terminal): Promise<Duplex> {
  const { input, output } = terminal;
  const stream = await connectAttach(directory, { stdin: true, stdout: true, stderr: true });
  // An answer to a later connection: the monitor knows the one before, and nothing is printed without it.
  const monitor = await ContainerProcess.reconnect(directory);
  if (monitor instanceof ContainerProcess) monitor.release();
  input.pipe(stream);
  stream.pipe(output, { end: false });
  stream.on('error', () => {});
  resize(held, output);
  terminal.signals.on('SIGWINCH', () => resize(held, output));
  return stream;
}

/**
 * Lets a process with a monitor go on and stays until its end: the exit code. `directory` is where its terminal listens;
 * without one its streams are the caller's already. `go` opens the gate.
 */
export async function stayUntilEnd(
  held: HeldProcess,
  terminal: Terminal,
  options: { readonly directory: string | undefined; go(): Promise<void> },
): Promise<number> {
  for (const name of PASSED) terminal.signals.on(name, () => held.signal(constants.signals[name]));
  const stream = options.directory === undefined ? undefined : await connectTerminal(held, options.directory, terminal);
  const restore = stream && takeTerminal(terminal.input);
  const drained = stream && new Promise<void>((resolve) => stream.once('close', resolve));
  try {
    await options.go();
    const { code } = await held.ended;
    if (stream) {
      stream.end();
      await drained;
    }
    return code;
  } finally {
    restore?.();
    // Without a terminal the input is the process's, and is not to be touched.
    if (stream) release(terminal.input);
    stream?.destroy();
  }
}

function release(input: NodeJS.ReadStream): void {
  input.unpipe();
  input.pause();
  input.unref?.();
}
