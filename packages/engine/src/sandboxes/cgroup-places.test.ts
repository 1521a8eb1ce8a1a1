import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CgroupPlaces } from './cgroup-places.ts';

function inDirectory(work: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'wharf-places-'));
  try {
    work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('a place is found again by a later engine', () => {
  inDirectory((directory) => {
    new CgroupPlaces(directory).set('a', { parent: '/x/y', made: ['/x', '/x/y'] });
    assert.equal(new CgroupPlaces(directory).of('a')?.parent, '/x/y');
  });
});

test('groups that the engine made are given back with their last user, deepest first', () => {
  inDirectory((directory) => {
    const places = new CgroupPlaces(directory);
    places.set('a', { parent: '/x/y', made: ['/x', '/x/y'] });
    places.set('b', { parent: '/x', made: ['/x'] });
    assert.deepEqual(places.forget('a'), ['/x/y']);
    assert.deepEqual(places.forget('b'), ['/x']);
    assert.deepEqual(places.forget('b'), []);
    assert.deepEqual(readdirSync(directory), []);
  });
});

test('a file that a crash cut short is dropped', () => {
  inDirectory((directory) => {
    writeFileSync(join(directory, 'a'), '{"parent":"/');
    writeFileSync(join(directory, 'b.new'), '{}');
    assert.equal(new CgroupPlaces(directory).of('a'), undefined);
    assert.deepEqual(readdirSync(directory), []);
  });
});
