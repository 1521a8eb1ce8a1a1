import type { CellRunner } from '@wharf/linux';
import type { StateDirectory } from './container-store.ts';

/** What a command has to work with. */
export interface Host {
  readonly states: StateDirectory;
  /** Path of the cell program. */
  readonly cell: string;
  readonly runner: CellRunner;
  /** The directory in which the command was called. */
  readonly cwd: string;
  readonly now: () => Date;
  print(text: string): void;
  /** Said to people, and to the log. */
  warn(text: string): void;
}
