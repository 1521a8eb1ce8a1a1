import { isCode, messageOf, type WharfError } from '@wharf/kit';
import { type CellFailure, errnoText } from '@wharf/linux';
import { fail } from './errors.ts';

/** Docker's wording around what went wrong inside the container; its client reads exit codes 126 and 127 out of it. */
const PREFIX =
  'failed to create task for container: failed to create shim task: OCI runtime create failed: wharf create failed: unable to start container process: error during container init: ';

const EACCES = 13;
const EISDIR = 21;

function execError(failure: CellFailure, cause: unknown): WharfError {
  const name = JSON.stringify(failure.path);
  const facts = { cause, details: { ...failure } };
  if (failure.syscall === 'PATH' && failure.errno !== EACCES) {
    return fail('COMMAND_NOT_FOUND', `${PREFIX}exec: ${name}: executable file not found in $PATH: unknown`, facts);
  }
  const text = errnoText(failure.errno);
  if (failure.errno === EACCES || failure.errno === EISDIR) {
    return fail('COMMAND_NOT_EXECUTABLE', `${PREFIX}exec: ${name}: ${text}: unknown`, facts);
  }
  if (failure.syscall === 'stat') {
    return fail('COMMAND_NOT_FOUND', `${PREFIX}exec: ${name}: stat ${failure.path}: ${text}: unknown`, facts);
  }
  return fail(
    failure.errno === 2 ? 'COMMAND_NOT_FOUND' : 'COMMAND_NOT_EXECUTABLE',
    `${PREFIX}exec ${failure.path}: ${text}: unknown`,
    facts,
  );
}

/** What a failed start is told as: the command's fault (with Docker's words), or the step that the kernel refused. */
export function startError(error: unknown): WharfError {
  if (!isCode(error, 'OPERATION_FAILED'))
    return fail('START_FAILED', `${PREFIX}${messageOf(error)}: unknown`, { cause: error });
  const failure = error.details as unknown as CellFailure;
  if (failure.op === 'EXEC') return execError(failure, error);
  if (failure.op === 'WORKDIR') {
    const message = `${PREFIX}chdir to cwd (${JSON.stringify(failure.path)}) set in config.json failed: ${errnoText(failure.errno)}: unknown`;
    return fail('START_FAILED', message, { cause: error, details: { ...failure } });
  }
  const facts = { cause: error, details: { ...failure } };
  return fail('START_FAILED', `${PREFIX}${error.message}: unknown`, facts);
}
