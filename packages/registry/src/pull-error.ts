import { isCode, isKind, type WharfError } from '@wharf/kit';
import { familiarName, familiarString, type Reference, withDefaultTag } from '@wharf/spec';
import { fail } from './errors.ts';
import { remoteCodeOf, statusOf } from './remote-error.ts';

/** Puts the failure of a pull in Docker's words; failures that Docker shows as they are stay as they are. */
export function pullError(error: unknown, ref: Reference): unknown {
  const status = statusOf(error);
  if (status === undefined || !(error instanceof Error)) return error;
  const remote = remoteCodeOf(error);
  const facts = { cause: error, details: { status, remote } };
  // Docker's client takes a 401 as the engine's own, asks for a login, and waits for it for ever without a terminal.
  if (isCode(error, 'REGISTRY_UNAUTHORIZED')) return fail('PULL_UNAUTHORIZED', error.message, facts);
  if (remote === 'DENIED') {
    const hint = "repository does not exist or may require 'docker login'";
    return fail('IMAGE_ACCESS_DENIED', `pull access denied for ${familiarName(ref)}, ${hint}: ${error.message}`, facts);
  }
  if (remote === 'NAME_UNKNOWN') {
    return fail('REPOSITORY_NOT_FOUND', `repository ${familiarName(ref)} not found: ${error.message}`, facts);
  }
  if (remote === 'MANIFEST_UNKNOWN') {
    return fail(
      'MANIFEST_NOT_FOUND',
      `manifest for ${familiarString(withDefaultTag(ref))} not found: ${error.message}`,
      facts,
    );
  }
  if (status === 404 && remote === undefined) {
    const words = 'manifest unknown: manifest unknown';
    return fail('MANIFEST_NOT_FOUND', `manifest for ${familiarString(withDefaultTag(ref))} not found: ${words}`, facts);
  }
  return error;
}

/** True when the registry said that it does not have what was asked for. */
export function isMissing(error: unknown): error is WharfError {
  return statusOf(error) === 404 || isKind(error, 'not_found');
}
