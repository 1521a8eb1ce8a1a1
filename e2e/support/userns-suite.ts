import { release } from 'node:os';
import { after, before, test } from 'node:test';
import type { SubordinateIds } from './subordinate-ids.ts';
import { suite } from './suite.ts';

/**
 * Declares suites whose engines put containers into user namespaces, on machines that can: the engines of these tests have
 * their files on a tmpfs, which maps IDs since Linux 6.3. The ranges are there while the tests of the file run.
 */
export function usernsSuite(ranges: SubordinateIds): typeof suite {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 3)) {
    return (name) => {
      test(name, { skip: 'needs Linux 6.3' }, () => {});
    };
  }
  before(() => ranges.add());
  after(() => ranges.remove());
  return suite;
}
