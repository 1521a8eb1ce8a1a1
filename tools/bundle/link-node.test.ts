import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { linkNode } from './link-node.ts';

test('the link outlives its target and follows a new one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-link-'));
  const [target, link] = [join(dir, 'target'), join(dir, 'link')];
  try {
    writeFileSync(target, 'old');
    linkNode(target, link);
    linkNode(target, link);
    rmSync(target);
    assert.equal(readFileSync(link, 'utf8'), 'old');
    writeFileSync(target, 'new');
    linkNode(target, link);
    assert.equal(readFileSync(link, 'utf8'), 'new');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
