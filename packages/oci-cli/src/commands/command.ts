import type { Terminal } from '../container/foreground.ts';
import type { Host } from '../container/host.ts';

/** One command: its arguments after its name; the exit code. */
export type Command = (host: Host, args: readonly string[], terminal: Terminal) => Promise<number>;
