/**
 * The one error hierarchy. Every failure that crosses a package boundary is a `WharfError` of exactly one kind.
 * Domain code names kinds and codes; HTTP statuses and exit codes are decided at the edges from the kind alone.
 */

/** What class of failure this is. The list is closed; edges map each kind to an HTTP status or an exit code. */
export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'not_modified'
  | 'unavailable'
  | 'not_implemented'
  | 'cancelled'
  | 'deadline'
  | 'data_loss'
  | 'exhausted'
  | 'system';

/** One row of a package's error table: its kind, and what it means to a user who meets it. */
export interface ErrorDefinition {
  readonly kind: ErrorKind;
  readonly description: string;
}

/** Further facts of one occurrence. */
export interface ErrorFacts {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The only error class of the project. `message` is what a user reads; `code` is what a program compares. */
export class WharfError extends Error {
  override readonly name = 'WharfError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, kind: ErrorKind, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.kind = kind;
    this.details = facts.details ?? {};
  }
}

/** Makes an error of one table. */
export type Fail<Code extends string> = (code: Code, message: string, facts?: ErrorFacts) => WharfError;

/** A package's table of error codes together with the maker of its errors. */
export interface ErrorTable<Code extends string> {
  readonly definitions: Readonly<Record<Code, ErrorDefinition>>;
  readonly fail: Fail<Code>;
}

/**
 * Declares a package's error codes (upper-case snake case, unique in the project; `docs/errors.md` is generated from
 * all tables). Use: `export const { definitions, fail } = defineErrors({ NO_SUCH_IMAGE: { kind: 'not_found', … } })`,
 * then `throw fail('NO_SUCH_IMAGE', 'No such image: x')`.
 */
export function defineErrors<Code extends string>(
  definitions: Readonly<Record<Code, ErrorDefinition>>,
): ErrorTable<Code> {
  return {
    definitions,
    fail: (code, message, facts) => new WharfError(code, definitions[code].kind, message, facts),
  };
}

/** True when `error` is a WharfError of the given kind. */
export function isKind(error: unknown, kind: ErrorKind): error is WharfError {
  return error instanceof WharfError && error.kind === kind;
}

/** True when `error` is a WharfError with the given code. */
export function isCode(error: unknown, code: string): error is WharfError {
  return error instanceof WharfError && error.code === code;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The errno name (`ENOENT`, …) of a Node system error, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
