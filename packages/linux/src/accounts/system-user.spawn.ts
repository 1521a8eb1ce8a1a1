import { execFileSync } from 'node:child_process';
import { messageOf } from '@wharf/kit';
import { fail } from '../errors.ts';

/** What is to be done for a user; absent members are left alone. */
export interface SystemUserChange {
  /** Make it: a system user without a home and a shell. */
  readonly add?: boolean;
  /** First of its new subordinate user and group IDs. */
  readonly subordinateUids?: number;
  readonly subordinateGids?: number;
  /** How many of each. */
  readonly count: number;
}

/** Changes a user of the host with the host's own programs, useradd and usermod. Throws HOST_USER_FAILED with what they said. */
export function changeSystemUser(name: string, change: SystemUserChange): void {
  const run = (program: string, args: readonly string[]) => execFileSync(program, [...args, name], { stdio: 'pipe' });
  const ranges = [
    ['-v', change.subordinateUids],
    ['-w', change.subordinateGids],
  ] as const;
  try {
    if (change.add) run('useradd', ['--system', '--no-create-home', '--shell', '/bin/false']);
    for (const [option, first] of ranges) {
      if (first !== undefined) run('usermod', [option, `${first}-${first + change.count - 1}`]);
    }
  } catch (cause) {
    throw fail('HOST_USER_FAILED', messageOf(cause).trim(), { cause });
  }
}
