import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import type { Cli } from '@wharf/testkit';

/** Runs a script of busybox in a container that goes away; gives what it printed. */
export function inside(cli: Cli, options: readonly string[], script: string): Promise<string> {
  return cli.ok(['run', '--rm', '--network', 'none', ...options, 'busybox', 'sh', '-c', script]);
}

/** A container that stays, without a network unless one is asked for. */
export function stays(cli: Cli, ...options: string[]): Promise<string> {
  return cli.ok(['run', '-d', '--network', 'none', ...options, 'busybox', 'sleep', '600']);
}

/** Runs with options that are refused: this exit code, this message, and no container. */
export async function refused(cli: Cli, options: readonly string[], reason: RegExp, code = 125): Promise<void> {
  const result = await cli.run(['run', '--rm', ...options, 'busybox', 'true']);
  assert.deepEqual([result.code, reason.test(result.stderr)], [code, true], `${options.join(' ')}: ${result.stderr}`);
}

/** A member of what inspect says. */
export function field(cli: Cli, container: string, template: string): Promise<string> {
  return cli.ok(['inspect', '-f', `{{${template}}}`, container]);
}

/** Process id, on the host, of a container. */
export async function pidOf(cli: Cli, container: string): Promise<number> {
  return Number(await field(cli, container, '.State.Pid'));
}

/** A device of the host that no container has by itself; undefined where there is none. */
export interface SpareDevice {
  readonly path: string;
  /** `major:minor` */
  readonly numbers: string;
}

/** One of those that opening does nothing to. */
export function spareDevice(): SpareDevice | undefined {
  const found = ['/dev/fuse', '/dev/net/tun', '/dev/loop-control'].find((path) => existsSync(path));
  if (found === undefined) return undefined;
  const { rdev } = statSync(found);
  return { path: found, numbers: `${rdev >> 8}:${rdev & 0xff}` };
}
