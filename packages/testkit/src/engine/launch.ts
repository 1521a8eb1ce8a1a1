import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EnginePlaces, TestEngineOptions } from './options.ts';

/** How an engine is started and which line says that it is ready. */
export interface Launch {
  readonly argv: readonly string[];
  readonly ready: RegExp;
}

/** The root of the source tree. */
export function sourceRoot(): string {
  return join(import.meta.dirname, '../../../..');
}

/**
 * The program that users call. `WHARF_E2E_DIRECT=1` takes the built client instead of ./wharf, which would set the tree
 * up again whenever the checked-out commit changes.
 */
export function wharfProgram(): readonly string[] {
  const built = join(sourceRoot(), 'build/wharf');
  if (process.env['WHARF_E2E_DIRECT'] === '1' && existsSync(built)) return [built];
  return [join(sourceRoot(), 'wharf')];
}

/** The command line of our engine. */
export function wharfLaunch(places: EnginePlaces, options: TestEngineOptions, configFile: string | undefined): Launch {
  const direct = process.env['WHARF_E2E_DIRECT'] === '1';
  const build = join(sourceRoot(), 'build');
  const program = direct
    ? [join(build, 'node'), join(build, 'engine.cjs'), 'run']
    : [...wharfProgram(), 'engine', 'run'];
  const argv = [
    ...program,
    ...['--host', `unix://${places.socket}`],
    ...['--data-root', places.dataRoot],
    ...['--exec-root', places.execRoot],
    ...['--bridge', places.bridge],
    ...['--hub', options.hub === false ? 'off' : 'on'],
    ...(configFile === undefined ? [] : ['--config', configFile]),
  ];
  return { argv, ready: /API listen on / };
}

/** Debian's dockerd as an oracle for what these tests expect (`WHARF_E2E_ENGINE=dockerd`). Its bridge must exist. */
export function dockerdLaunch(places: EnginePlaces, more: readonly string[]): Launch {
  const argv = [
    'dockerd',
    ...['--host', `unix://${places.socket}`],
    ...['--data-root', places.dataRoot],
    ...['--exec-root', places.execRoot],
    ...['--pidfile', join(places.directory, 'dockerd.pid')],
    ...['--bridge', places.bridge],
    ...['--storage-driver', 'overlay2'],
    '--live-restore',
    ...more,
  ];
  return { argv, ready: /API listen on / };
}
