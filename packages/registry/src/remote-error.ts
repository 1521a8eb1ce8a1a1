import { WharfError } from '@wharf/kit';
import { parseChallenges } from './challenge.ts';
import { fail } from './errors.ts';
import { type HttpResponse, readBody } from './transport.ts';

const MAX_ERROR_BODY = 64 * 1024;
const MAX_MESSAGE = 4096;

/** Default messages of the error codes (distribution-spec, "Error Codes", and the ones that Docker adds). */
const MESSAGES: Readonly<Record<string, string>> = {
  BLOB_UNKNOWN: 'blob unknown to registry',
  BLOB_UPLOAD_INVALID: 'blob upload invalid',
  BLOB_UPLOAD_UNKNOWN: 'blob upload unknown to registry',
  DENIED: 'requested access to the resource is denied',
  DIGEST_INVALID: 'provided digest did not match uploaded content',
  MANIFEST_BLOB_UNKNOWN: 'manifest blob unknown to registry',
  MANIFEST_INVALID: 'manifest invalid',
  MANIFEST_UNKNOWN: 'manifest unknown',
  NAME_INVALID: 'invalid repository name',
  NAME_UNKNOWN: 'repository name not known to registry',
  SIZE_INVALID: 'provided length did not match content length',
  TOOMANYREQUESTS: 'too many requests',
  UNAUTHORIZED: 'authentication required',
  UNSUPPORTED: 'The operation is unsupported.',
};

/** One error of an answer: the code as the registry wrote it, the text as Docker prints it. */
interface RemoteError {
  readonly code: string;
  readonly text: string;
}

function describe(code: string, message: unknown): RemoteError {
  const known = Object.hasOwn(MESSAGES, code) ? code : 'UNKNOWN';
  const words = typeof message === 'string' && message !== '' ? message : (MESSAGES[known] ?? 'unknown error');
  return { code, text: `${known.toLowerCase().replaceAll('_', ' ')}: ${words.slice(0, MAX_MESSAGE)}` };
}

/** The errors in a body of the form `{"errors":[{code,message,detail}]}` or `{"details":"…"}`. */
function parseErrors(body: string, status: number): RemoteError[] {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  if (typeof document !== 'object' || document === null) return [];
  if ('errors' in document && Array.isArray(document.errors)) {
    const list = document.errors.slice(0, 16) as ({ code?: unknown; message?: unknown } | null)[];
    return list.map((entry) => describe(String(entry?.code ?? 'UNKNOWN'), entry?.message));
  }
  const details = 'details' in document ? document.details : undefined;
  if (typeof details !== 'string') return [];
  return [describe(status === 401 ? 'UNAUTHORIZED' : status === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN', details)];
}

/** RFC 6750, section 3.1: a bearer challenge can say that the token was good but is not enough. */
function fromChallenge(header: string | undefined): RemoteError[] {
  for (const { scheme, parameters } of parseChallenges(header)) {
    const { error, error_description: description } = parameters;
    if (scheme !== 'bearer') continue;
    if (error === 'insufficient_scope') return [describe('DENIED', description)];
    if (error === 'invalid_token') return [describe('UNAUTHORIZED', description)];
  }
  return [];
}

function codeFor(status: number, remote: string | undefined) {
  if (status === 429 || remote === 'TOOMANYREQUESTS') return 'REGISTRY_RATE_LIMIT' as const;
  if (remote === 'DENIED' || (status === 403 && remote !== 'UNAUTHORIZED')) return 'REGISTRY_DENIED' as const;
  if (status === 401 || remote === 'UNAUTHORIZED') return 'REGISTRY_UNAUTHORIZED' as const;
  return 'REGISTRY_REFUSED' as const;
}

/**
 * Reads a failed answer and says it as Docker does: `manifest unknown: manifest unknown`. The codes are
 * REGISTRY_REFUSED, _UNAUTHORIZED, _DENIED and _RATE_LIMIT; `details` has `status` and `remote` (the registry's code).
 */
export async function remoteError(response: HttpResponse): Promise<WharfError> {
  const { status, headers } = response;
  const body = (await readBody(response, MAX_ERROR_BODY))?.toString() ?? '';
  const given = parseErrors(body, status);
  const [first, ...others] = status === 401 ? [...fromChallenge(headers['www-authenticate']), ...given] : given;
  const details = { status, remote: first?.code };
  const code = codeFor(status, first?.code);
  if (first && (others.length === 0 || status === 401)) return fail(code, first.text, { details });
  if (first) return fail(code, ['errors:', first.text, ...others.map(({ text }) => text), ''].join('\n'), { details });
  if (status === 401) return fail(code, 'unauthorized: authentication required', { details });
  if (status === 429) return fail(code, 'toomanyrequests: too many requests', { details });
  return fail(code, `received unexpected HTTP status: ${status} ${response.statusText}`.trimEnd(), { details });
}

/** The HTTP status behind an error of `remoteError`, if it is one. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof WharfError ? error.details['status'] : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** The registry's own code behind an error of `remoteError`, if it gave one. */
export function remoteCodeOf(error: unknown): string | undefined {
  const remote = error instanceof WharfError ? error.details['remote'] : undefined;
  return typeof remote === 'string' ? remote : undefined;
}
