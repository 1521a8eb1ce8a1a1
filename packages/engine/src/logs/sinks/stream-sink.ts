import { readFileSync } from 'node:fs';
import { isIP, type NetConnectOpts, connect as netConnect, type Socket } from 'node:net';
import { getCACertificates, connect as tlsConnect } from 'node:tls';
import { errnoOf, messageOf } from '@wharf/kit';
import { fail } from '../../errors.ts';
import type { Encoded, Endpoint, TlsSettings } from '../drivers/driver.ts';
import type { Sink } from './sink.ts';

export type StreamEndpoint = Extract<Endpoint, { kind: 'tcp' | 'tls' | 'unix' }>;

/** How long a connection may take to come about. */
const CONNECT_MS = 10_000;
/** Of what a receiver answers, this much is looked at. */
const MAX_ANSWER = 64 * 1024;
const ERRNO_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ENOENT: 'connect: no such file or directory',
  ENETUNREACH: 'connect: network is unreachable',
  EHOSTUNREACH: 'connect: no route to host',
  ETIMEDOUT: 'i/o timeout',
  EACCES: 'connect: permission denied',
};

/** What is wrong with a certificate, by OpenSSL's and Node's codes, as Go says it. */
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  CERT_SIGNATURE_FAILURE: 'certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'certificate has expired or is not yet valid',
};

function certificateError(code: string, error: unknown, host: string): Error | undefined {
  const { cert } = error as { cert?: { subjectaltname?: string } };
  const names = (cert?.subjectaltname ?? '').replaceAll(/(DNS|IP Address):/g, '') || 'other names';
  const wrong = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? `certificate is valid for ${names}, not ${host}` : undefined;
  const words = wrong ?? CERTIFICATE_WORDS[code];
  return words === undefined
    ? undefined
    : fail('LOG_RECEIVER', `tls: failed to verify certificate: x509: ${words}`, { cause: error });
}

/** Why a connection failed, as Go says it. */
function dialError(endpoint: StreamEndpoint, error: unknown): Error {
  const where = endpoint.kind === 'unix' ? `unix ${endpoint.path}` : `tcp ${endpoint.host}:${endpoint.port}`;
  const code = errnoOf(error) ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const host = endpoint.kind === 'unix' ? '' : endpoint.host;
    return fail('LOG_RECEIVER', `dial tcp: lookup ${host}: no such host`);
  }
  const certificate = endpoint.kind === 'tls' ? certificateError(code, error, endpoint.host) : undefined;
  if (certificate) return certificate;
  return fail('LOG_RECEIVER', `dial ${where}: ${ERRNO_WORDS[code] ?? messageOf(error)}`);
}

function readPem(what: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const why = errnoOf(error) === 'ENOENT' ? 'no such file or directory' : messageOf(error);
    throw fail('BAD_CONFIG', `could not read ${what} ${JSON.stringify(path)}: open ${path}: ${why}`);
  }
}

/** Those that Node brings and those of this machine, where administrators put their own (SSL_CERT_FILE, SSL_CERT_DIR). */
function knownAuthorities(): string[] {
  return [...getCACertificates('default'), ...getCACertificates('system')];
}

function tlsOptions({ ca, cert, key, skipVerify }: TlsSettings) {
  const files = { ca: readPem('CA certificate', ca), cert: readPem('X509 key pair', cert), key: readPem('key', key) };
  const given = Object.entries(files).filter(([, value]) => value !== undefined);
  const trusted = files.ca || skipVerify ? {} : { ca: knownAuthorities() };
  return { ...trusted, ...Object.fromEntries(given), rejectUnauthorized: !skipVerify };
}

/** A connection of bytes: TCP, TLS or a unix socket. It is made when needed and again after it broke. */
export class StreamSink implements Sink {
  readonly #endpoint: StreamEndpoint;
  readonly #writeTimeout: number;
  readonly #renewAfter: number;
  #connectedAt = 0;
  #socket: Socket | undefined;
  #connecting: Socket | undefined;
  /** Told when the connection ends, and what comes in. */
  #onEnd: (error: Error) => void = () => {};
  #onAnswer: (answer: Buffer) => void = () => {};

  /** Milliseconds; 0 for none. */
  constructor(endpoint: StreamEndpoint, { writeTimeout, renewAfter }: { writeTimeout: number; renewAfter: number }) {
    this.#endpoint = endpoint;
    this.#writeTimeout = writeTimeout;
    this.#renewAfter = renewAfter;
  }

  async connect(): Promise<void> {
    this.#renew();
    if (this.#socket && !this.#socket.destroyed) return;
    const socket = this.#open();
    this.#connecting = socket;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(fail('LOG_RECEIVER', 'i/o timeout')), CONNECT_MS);
      socket.once(this.#endpoint.kind === 'tls' ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.once('close', () => {
        clearTimeout(timer);
        reject(fail('LOG_RECEIVER', 'the connection was closed'));
      });
      socket.once('error', (error) => reject(dialError(this.#endpoint, error)));
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      // One that was replaced says nothing of the one that is used now.
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#onEnd(fail('LOG_RECEIVER', 'the connection was closed'));
    });
    socket.on('data', (answer: Buffer) => this.#onAnswer(answer));
    // A receiver that hangs up is gone: what is written after its end would be lost.
    socket.on('end', () => socket.destroy());
    socket.unref();
    this.#connecting = undefined;
    this.#socket = socket;
    this.#connectedAt = performance.now();
  }

  /** Ends a connection that is old enough; everything that it was given still goes out. */
  #renew(): void {
    if (this.#renewAfter === 0 || performance.now() - this.#connectedAt < this.#renewAfter) return;
    const old = this.#socket;
    this.#socket = undefined;
    old?.end();
  }

  #open(): Socket {
    const { kind } = this.#endpoint;
    const options: NetConnectOpts =
      kind === 'unix' ? { path: this.#endpoint.path } : { host: this.#endpoint.host, port: this.#endpoint.port };
    if (kind !== 'tls') return netConnect(options).setNoDelay(true);
    const { host, port, tls } = this.#endpoint;
    return tlsConnect({ host, port, ...(isIP(host) ? {} : { servername: host }), ...tlsOptions(tls) });
  }

  async send({ parts, acknowledged }: Encoded, taken: () => void): Promise<void> {
    await this.connect();
    const socket = this.#socket;
    if (!socket) throw fail('LOG_RECEIVER', 'the connection was closed');
    const bytes = Buffer.concat(parts);
    await new Promise<void>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let heard = Buffer.alloc(0);
      const done = (error?: Error) => {
        clearTimeout(timer);
        this.#onEnd = () => {};
        this.#onAnswer = () => {};
        if (error) {
          socket.destroy();
          reject(error);
        } else resolve();
      };
      if (this.#writeTimeout > 0) {
        timer = setTimeout(() => done(fail('LOG_RECEIVER', 'write: i/o timeout')), this.#writeTimeout);
        timer.unref();
      }
      let told = false;
      const accept = () => {
        if (told) return;
        told = true;
        taken();
        done();
      };
      this.#onEnd = done;
      if (acknowledged) {
        this.#onAnswer = (answer) => {
          heard = Buffer.concat([heard, answer]).subarray(-MAX_ANSWER);
          if (acknowledged(heard)) accept();
        };
        socket.write(bytes);
        return;
      }
      socket.write(bytes, (error) => (error ? done(error) : accept()));
      // What the kernel took at once counts at once: an engine that is killed right now has sent it.
      if (socket.writableLength === 0 && !socket.destroyed) accept();
    });
  }

  close(): void {
    this.#connecting?.destroy();
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#onEnd(fail('LOG_RECEIVER', 'the connection was closed'));
  }
}
