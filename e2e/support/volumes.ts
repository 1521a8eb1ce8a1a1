import assert from 'node:assert/strict';
import type { Cli } from '@wharf/testkit';

export async function refused(cli: Cli, args: readonly string[], code: number, reason: RegExp): Promise<void> {
  const result = await cli.run(args);
  assert.deepEqual([result.code, reason.test(result.stderr)], [code, true], `${args.join(' ')}: ${result.stderr}`);
}

/** Runs a script in a container that goes away. */
export function inside(cli: Cli, options: readonly string[], script: string, image = 'busybox'): Promise<string> {
  return cli.ok(['run', '--rm', '--network', 'none', ...options, image, 'sh', '-c', script]);
}

export async function removeAll(cli: Cli): Promise<void> {
  const names = (await cli.ok(['volume', 'ls', '-q'])).split('\n').filter(Boolean);
  if (names.length > 0) await cli.ok(['volume', 'rm', ...names]);
}

export async function mountOf(cli: Cli, container: string, destination: string): Promise<Record<string, unknown>> {
  const all = JSON.parse(await cli.ok(['inspect', '-f', '{{json .Mounts}}', container])) as Record<string, unknown>[];
  const found = all.find((mount) => mount['Destination'] === destination);
  assert.ok(found, `${destination} in ${JSON.stringify(all)}`);
  return found;
}
