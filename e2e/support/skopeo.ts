import assert from 'node:assert/strict';
import { type CommandResult, runCommand } from '@wharf/testkit';

const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };

/** Runs skopeo, which asks no policy file and knows no stored credentials. */
export function runSkopeo(args: readonly string[]): Promise<CommandResult> {
  return runCommand(['skopeo', '--insecure-policy', ...args], { env });
}

/** Runs skopeo, which must succeed; gives its standard output. */
export async function skopeo(args: readonly string[]): Promise<string> {
  const result = await runSkopeo(args);
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

/** Pushes the image with the tag `latest` of an OCI image layout to a registry without TLS. */
export async function pushLayout(layout: string, name: string, options: readonly string[] = []): Promise<void> {
  await skopeo(['copy', '--dest-tls-verify=false', ...options, `oci:${layout}:latest`, `docker://${name}`]);
}
