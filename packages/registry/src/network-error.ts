import { errnoOf, messageOf, WharfError } from '@wharf/kit';
import { fail } from './errors.ts';

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);
const PLAIN_TEXT_ANSWER = new Set(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

/** Facts that Node puts on the errors of sockets. */
interface SocketFacts {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

function target(error: SocketFacts): string {
  if (error.address === undefined) return '';
  const host = error.address.includes(':') ? `[${error.address}]` : error.address;
  return ` ${host}:${error.port ?? 0}`;
}

/** A host with several addresses fails with all their errors at once: the first one says enough. */
function first(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

function words(error: unknown): string {
  const code = errnoOf(error) ?? '';
  const facts = error as SocketFacts;
  if (code === 'ECONNREFUSED') return `dial tcp${target(facts)}: connect: connection refused`;
  if (code === 'EHOSTUNREACH') return `dial tcp${target(facts)}: connect: no route to host`;
  if (code === 'ENETUNREACH') return `dial tcp${target(facts)}: connect: network is unreachable`;
  if (code === 'ETIMEDOUT') return `dial tcp${target(facts)}: i/o timeout`;
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${facts.hostname ?? ''}: no such host`;
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${facts.hostname ?? ''}: Temporary failure in name resolution`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'EOF';
  if (PLAIN_TEXT_ANSWER.has(code)) return 'http: server gave HTTP response to HTTPS client';
  if (UNTRUSTED.has(code)) {
    return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
  }
  return messageOf(error);
}

/** Failures that a second attempt can mend. */
const PASSING = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);

/**
 * Turns what a socket failed with into REGISTRY_UNREACHABLE in the words of Docker: the method and the base URL of the
 * registry, then the cause as Go's net package puts it. `details.passing` says that a second attempt may succeed.
 */
export function unreachable(error: unknown, url: URL): WharfError {
  if (error instanceof WharfError) return error;
  const cause = first(error);
  const passing = PASSING.has(errnoOf(cause) ?? '');
  return fail('REGISTRY_UNREACHABLE', `Get "${url.origin}/v2/": ${words(cause)}`, { cause, details: { passing } });
}

/** What a body that ends too early is called. */
export function brokenBody(error: unknown): WharfError {
  if (error instanceof WharfError) return error;
  return fail('REGISTRY_UNREACHABLE', 'unexpected EOF', { cause: error, details: { passing: true } });
}
