import assert from 'node:assert/strict';
import type { Case } from './case.ts';

/** Fails unless the result is what the case says. */
export function judge(
  { prints, code = 0 }: Case,
  result: { readonly code: number; readonly stdout: string; readonly stderr: string },
): void {
  if (typeof prints === 'string') {
    assert.deepEqual({ code: result.code, out: result.stdout.trimEnd() }, { code, out: prints }, result.stderr);
  } else {
    assert.equal(result.code, code, result.stderr);
    prints(result.stdout);
  }
}
