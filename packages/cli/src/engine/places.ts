import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exitError } from '../errors.ts';

/** Where the engine in the background lives. There is one in a machine; others run in the foreground elsewhere. */
export const SOCKET = '/run/wharf/wharf.sock';
export const DEFAULT_HOST = `unix://${SOCKET}`;
export const DATA_ROOT = '/var/lib/wharf';
/** Held by the running engine. */
export const LOCK_FILE = '/var/lib/wharf/engine.lock';
export const EXEC_ROOT = '/run/wharf';
export const LOG_FILE = '/var/log/wharf/engine.log';

/** The program that runs the engine: Node and the bundle. */
export interface EngineProgram {
  readonly home: string;
  readonly node: string;
  readonly bundle: string;
}

function realDirectory(path: string | undefined): string[] {
  // In the compiled program argv[1] lies inside the program itself: it exists, but has no real path.
  return path !== undefined && !path.startsWith('/$bunfs/') && existsSync(path) ? [dirname(realpathSync(path))] : [];
}

/**
 * Finds the engine's program: in $WHARF_HOME/build, or beside this program. Throws COMMAND_FAILED where it was not
 * built.
 */
export function findEngine(env: Readonly<Record<string, string | undefined>>): EngineProgram {
  const named = env['WHARF_HOME'] ? [join(env['WHARF_HOME'], 'build')] : [];
  const candidates = [...named, ...realDirectory(process.execPath), ...realDirectory(process.argv[1])];
  const build = candidates.find((directory) => existsSync(join(directory, 'engine.cjs')));
  if (build === undefined) {
    throw exitError("cannot find the engine's program (build/engine.cjs): set WHARF_HOME to Wharf's directory", 1);
  }
  return { home: dirname(build), node: join(build, 'node'), bundle: join(build, 'engine.cjs') };
}
