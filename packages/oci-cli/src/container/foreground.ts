import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { connectAttach } from '@wharf/runtime';
import type { HeldProcess } from './held-process.ts';

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
  if (input.isTTY) input.setRawMode(true);
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
    if (terminal.input.isTTY && stream) terminal.input.setRawMode(false);
    terminal.input.unpipe();
    terminal.input.pause();
    terminal.input.unref?.();
    stream?.destroy();
  }
}
