/**
 * One command line flag. `parse` folds each occurrence into the value so far (so lists append and strings replace)
 * and throws FLAG_VALUE with the bare reason.
 */
export interface Flag<T> {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** A line of help; newlines are kept. */
  readonly usage: string;
  /** The word for the value in the help; empty for switches. */
  readonly type: string;
  readonly initial: T;
  /** The default as the help shows it; absent for none. */
  readonly shown?: string;
  /** The value that the flag has when it is given without one. Only such a flag may stand alone. */
  readonly bare?: string;
  readonly hidden?: boolean;
  /** Printed when the flag is used: "Flag --x has been deprecated, <this>". */
  readonly deprecated?: string;
  parse(text: string, current: T): T;
}

/** The flags of one command: property name of the value → flag. */
// biome-ignore lint: the table is heterogeneous and each flag's type is recovered by FlagValues.
export type FlagTable = Readonly<Record<string, Flag<never> | Flag<unknown>>>;

/** The parsed values of a table. */
export type FlagValues<F extends FlagTable> = { -readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** What every kind of flag may add. */
export interface FlagOptions<T> {
  readonly short?: string;
  readonly initial?: T;
  readonly shown?: string;
  readonly hidden?: boolean;
  readonly deprecated?: string;
  /** Another word for the value in the help. */
  readonly type?: string;
}
