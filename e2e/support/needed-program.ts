import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Whether all programs are installed; if not the test is skipped, or fails where WHARF_MUST_RUN is 1. */
export function hasPrograms(t: TestContext, ...names: readonly string[]): boolean {
  const directories = (process.env['PATH'] ?? '').split(':');
  const missing = names.filter((name) => !directories.some((directory) => existsSync(join(directory, name))));
  if (missing.length === 0) return true;
  const why = `not installed: ${missing.join(', ')}`;
  assert.notEqual(process.env['WHARF_MUST_RUN'], '1', `${why}, and WHARF_MUST_RUN=1`);
  t.skip(why);
  return false;
}
