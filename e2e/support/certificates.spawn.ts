import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Certificates made by openssl, of an authority that nobody else knows. */
export class Authority {
  readonly directory = mkdtempSync(join(tmpdir(), 'wharf-e2e-tls-'));
  readonly root: Certificate = this.#make('root', ['-addext', 'basicConstraints=critical,CA:TRUE']);

  /** A certificate for an address such as `IP:127.0.0.1`. */
  issue(name: string, address: string): Certificate {
    const signed = ['-CA', this.root.cert, '-CAkey', this.root.key];
    return this.#make(name, [
      ...signed,
      '-addext',
      `subjectAltName=${address}`,
      '-addext',
      'basicConstraints=CA:FALSE',
    ]);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  #make(name: string, more: readonly string[]): Certificate {
    const made = { cert: join(this.directory, `${name}.pem`), key: join(this.directory, `${name}-key.pem`) };
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const out = ['-keyout', made.key, '-out', made.cert, '-days', '2', '-subj', `/CN=${name}`];
    execFileSync('openssl', ['req', '-x509', ...curve, ...out, ...more], { stdio: 'ignore' });
    return made;
  }
}

/** What a server of Node wants of a certificate. */
export function pem({ cert, key }: Certificate): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}
