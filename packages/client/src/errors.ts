import { defineErrors, type ErrorKind, WharfError } from '@wharf/kit';

/** Failures of talking to an engine. What the engine itself answers carries the code ENGINE_ANSWER. */
export const { definitions, fail } = defineErrors({
  ENGINE_ANSWER: { kind: 'system', description: 'The engine refused the request; the kind follows the HTTP status.' },
  ENGINE_UNREACHABLE: { kind: 'unavailable', description: 'No engine answers at the given address.' },
  ENGINE_HOST: { kind: 'invalid', description: 'The address of the engine is not understood.' },
  ENGINE_PROTOCOL: { kind: 'system', description: 'The engine answered with something that is not its API.' },
  ENGINE_GONE: { kind: 'unavailable', description: 'The connection to the engine ended in the middle of an answer.' },
  REQUEST_CANCELLED: { kind: 'cancelled', description: 'The caller took the request back.' },
});

const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  429: 'exhausted',
  499: 'cancelled',
  501: 'not_implemented',
  503: 'unavailable',
  504: 'deadline',
};

/** The error for an answer of the engine; `message` is the engine's own text. */
export function answerError(status: number, message: string): WharfError {
  const kind = KINDS[status] ?? (status >= 500 ? 'system' : 'invalid');
  const details = { status, reason: message };
  return new WharfError('ENGINE_ANSWER', kind, `Error response from daemon: ${message}`, { details });
}
