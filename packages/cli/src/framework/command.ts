import type { ArgsCheck } from './args.ts';
import type { CommandContext } from './context.ts';
import type { FlagTable, FlagValues } from './flag.ts';

/** One verb of the command line. */
export interface Command<F extends FlagTable = FlagTable> {
  /** What follows the command's path in its usage line: `[OPTIONS] CONTAINER [CONTAINER...]`. */
  readonly use: string;
  /** One line for the lists of commands. */
  readonly short: string;
  /** The first paragraph of the help, when `short` says too little. */
  readonly long?: string;
  /** All spellings, without the program's name: `['container run', 'run']`. Shown in the help when given. */
  readonly aliases?: readonly string[];
  readonly flags: F;
  readonly args: ArgsCheck;
  /** False: the first argument ends the flags (`run IMAGE -not-ours`). */
  readonly interspersed?: boolean;
  /**
   * Does the work. Returns the exit status when it is not 0; throws what should be printed.
   * `changed` holds the long names of the flags that the user gave.
   */
  run(
    ctx: CommandContext,
    args: readonly string[],
    flags: FlagValues<F>,
    changed: ReadonlySet<string>,
  ): Promise<number | undefined>;
}

/** Declares a command, so that `run` sees the exact types of its flags. */
export function defineCommand<F extends FlagTable>(command: Command<F>): Command<F> {
  return command;
}

/** A verb's place in the table: only its loader. Starting one verb loads nothing of the others. */
export interface CommandLoader {
  load(): Promise<{ readonly command: Command }>;
}

/** A noun with verbs below it. */
export interface CommandGroup {
  readonly short: string;
  readonly verbs: CommandTable;
  /** Other names of the verbs: `{ list: 'ls' }`. */
  readonly aliases?: Readonly<Record<string, string>>;
}

export type CommandTable = Readonly<Record<string, CommandLoader | CommandGroup>>;
