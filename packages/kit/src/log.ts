/** Structured logging as the packages see it; the daemon supplies the writer. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Discards everything; for tests and one-shot tools. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
