import { inChild, onHost, type Step } from '@wharf/linux';
import type { STDIO_MODE } from './flags.ts';

/**
 * A process that waits to be told to start, for a caller that speaks the command line of OCI runtimes: its standard
 * streams are the caller's, or a terminal.
 */
export interface Held {
  /** A named pipe: the process is executed when a byte is written into it. */
  readonly gate: string;
  /** The socket that the terminal is sent to; undefined leaves it with the monitor. */
  readonly console: string | undefined;
  /** The cell stays as the monitor; else it is to be killed, and the process is a child of the caller's. */
  readonly monitor: boolean;
}

/** The first steps of the child: paths are still the host's, and so are its user and group. */
export function heldSteps({ gate, console }: Held): Step[] {
  return [
    inChild({ op: 'GATE', path: gate }),
    ...(console === undefined ? [] : [inChild({ op: 'CONSOLE', path: console })]),
  ];
}

/** A terminal of the container's; other streams are inherited. `mode` as of the STDIO operation. */
export function heldStreams(
  process: { readonly terminal: boolean; readonly consoleSize?: { readonly height: number; readonly width: number } },
  mode: (typeof STDIO_MODE)['terminal' | 'terminalOnly'],
): Step[] {
  const { height = 0, width = 0 } = process.consoleSize ?? {};
  return process.terminal ? [inChild({ op: 'STDIO', mode, rows: height, columns: width })] : [];
}

/** The last step: nothing when the cell is to be killed. */
export function heldEnd(held: Held | undefined): Step[] {
  return held?.monitor === false ? [] : [onHost({ op: 'RUN' })];
}
