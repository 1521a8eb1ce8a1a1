import { commandSync } from '../lib/command.spawn.ts';
import { read } from '../lib/tree.ts';

/** What a bundle knows about itself, as esbuild replacements: WHARF_VERSION, WHARF_COMMIT, WHARF_BUILD_TIME. */
export type Identity = Readonly<Record<'WHARF_VERSION' | 'WHARF_COMMIT' | 'WHARF_BUILD_TIME', string>>;

/**
 * The build time is the commit's own time, so that the same commit always gives the same bytes. Outside a git checkout
 * the commit is unknown and the time is the beginning of time.
 */
export function identityOf(version: string, gitLog: string): Identity {
  const [commit = '', time = ''] = gitLog.trim().split(' ');
  const known = /^[0-9a-f]{7,40}$/.test(commit) && !Number.isNaN(Date.parse(time));
  return {
    WHARF_VERSION: JSON.stringify(version),
    WHARF_COMMIT: JSON.stringify(known ? commit.slice(0, 7) : 'unknown'),
    WHARF_BUILD_TIME: JSON.stringify(known ? new Date(time).toISOString() : new Date(0).toISOString()),
  };
}

/** Reads version and commit of this tree. */
export function identity(): Identity {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const log = commandSync('git', ['log', '-1', '--format=%H %cI']);
  return identityOf(version, log.ok ? log.output : '');
}
