import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A fresh self-signed certificate for 127.0.0.1; undefined (and the test skipped) where there is no openssl. */
export function selfSigned(t: TestContext): { key: string; cert: string } | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-tls-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const key = join(dir, 'key.pem');
  const cert = join(dir, 'cert.pem');
  const subject = ['-subj', '/CN=wharf test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    ...curve,
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '2',
    ...subject,
  ]);
  if (made.status === 0) return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  assert.notEqual(process.env['WHARF_MUST_RUN'], '1', 'openssl is not usable, and WHARF_MUST_RUN=1');
  t.skip('openssl is not usable');
  return undefined;
}
