import { isCode, messageOf, type WharfError } from '@wharf/kit';
import { type CellFailure, errnoText } from '@wharf/linux';
import { fail } from './errors.ts';

/** Docker's wording around what went wrong inside the container; its client reads exit codes 126 and 127 out of it. */
const PREFIX = {
  start:
    'failed to create task for container: failed to create shim task: OCI runtime create failed: wharf create failed: unable to start container process: error during container init: ',
  exec: 'OCI runtime exec failed: exec failed: unable to start container process: ',
} as const;

const EACCES = 13;
const EISDIR = 21;
const ENOSPC = 28;

function execError(failure: CellFailure, prefix: string, cause: unknown): WharfError {
  const name = JSON.stringify(failure.path);
  const facts = { cause, details: { ...failure } };
  if (failure.syscall === 'PATH' && failure.errno !== EACCES) {
    return fail('COMMAND_NOT_FOUND', `${prefix}exec: ${name}: executable file not found in $PATH: unknown`, facts);
  }
  const text = errnoText(failure.errno);
  if (failure.errno === EACCES || failure.errno === EISDIR) {
    return fail('COMMAND_NOT_EXECUTABLE', `${prefix}exec: ${name}: ${text}: unknown`, facts);
  }
  if (failure.syscall === 'stat') {
    return fail('COMMAND_NOT_FOUND', `${prefix}exec: ${name}: stat ${failure.path}: ${text}: unknown`, facts);
  }
  return fail(
    failure.errno === 2 ? 'COMMAND_NOT_FOUND' : 'COMMAND_NOT_EXECUTABLE',
    `${prefix}exec ${failure.path}: ${text}: unknown`,
    facts,
  );
}

/** What usually is behind a refusal that has to do with a user namespace. */
function userNamespaceHint({ syscall, errno, path }: CellFailure): string | undefined {
  if (syscall === 'idmap') return `the file system of ${path} cannot show its files with the IDs of a user namespace`;
  // user.max_user_namespaces counts them, as its siblings count the others (namespaces(7)).
  if (syscall === 'clone3' && errno === ENOSPC)
    return 'no more namespaces are allowed (/proc/sys/user/max_*_namespaces)';
  return undefined;
}

/** What a failed start, of a container or of a command in one, is told as: the command's fault (with Docker's words), or the step that the kernel refused. */
export function startError(error: unknown, what: keyof typeof PREFIX = 'start'): WharfError {
  const prefix = PREFIX[what];
  if (!isCode(error, 'OPERATION_FAILED'))
    return fail('START_FAILED', `${prefix}${messageOf(error)}: unknown`, { cause: error });
  const failure = error.details as unknown as CellFailure;
  if (failure.op === 'EXEC') return execError(failure, prefix, error);
  if (failure.op === 'WORKDIR') {
    const message = `${prefix}chdir to cwd (${JSON.stringify(failure.path)}) set in config.json failed: ${errnoText(failure.errno)}: unknown`;
    return fail('START_FAILED', message, { cause: error, details: { ...failure } });
  }
  const facts = { cause: error, details: { ...failure } };
  const hint = userNamespaceHint(failure);
  if (hint !== undefined) return fail('START_FAILED', `${prefix}${hint}: ${errnoText(failure.errno)}: unknown`, facts);
  return fail('START_FAILED', `${prefix}${error.message}: unknown`, facts);
}
