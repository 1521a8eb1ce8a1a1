import { type ErrorKind, WharfError } from '@wharf/kit';

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  not_modified: 304,
  unavailable: 503,
  not_implemented: 501,
  cancelled: 500,
  deadline: 500,
  data_loss: 500,
  exhausted: 500,
  system: 500,
};

/** The HTTP status of a failure: the only place where kinds meet HTTP. Undefined for what is not a WharfError. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof WharfError ? STATUS[error.kind] : undefined;
}
