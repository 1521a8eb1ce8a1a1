import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTarget, type Route, Router } from './router.ts';
import { compareVersions } from './versions.ts';

const handle = () => {};
const router = new Router([
  { method: 'GET', path: '/images/json', handle },
  { method: 'GET', path: '/images/{name}/json', handle },
  { method: 'GET', path: '/a.b', since: '1.40', handle },
] satisfies Route[]);
const match = (url: string, method = 'GET') => {
  const { route, params } = router.match(method, parseTarget(url), '1.55');
  return [route.path, params['name']];
};

describe('Router', () => {
  it('finds names with slashes and encoded characters', () => {
    assert.deepEqual(match('/v1.47/images/json'), ['/images/json', undefined]);
    assert.deepEqual(match('/images/docker.io/library/x/json?a=b'), ['/images/{name}/json', 'docker.io/library/x']);
    assert.deepEqual(match('/images/a%2Fb/json'), ['/images/{name}/json', 'a/b']);
    assert.deepEqual(match('/images/json/json'), ['/images/{name}/json', 'json']);
  });
  it('takes literal text literally, and versions into account', () => {
    assert.deepEqual(match('/v1.40/a.b'), ['/a.b', undefined]);
    for (const url of ['/axb', '/v1.39/a.b', '/images//json', '/v1.47', '', '*', '/v1.47/v1.47/a.b']) {
      assert.throws(() => match(url), { code: 'PAGE_NOT_FOUND' }, url);
    }
    assert.throws(() => match('/a.b', 'POST'), { code: 'PAGE_NOT_FOUND' });
  });
});

describe('compareVersions', () => {
  it('compares number by number', () => {
    const order = ['1', '1.9', '1.24', '1.24.1', '1.55', '2.0', '10'];
    for (const [at, version] of order.entries()) {
      for (const [other, against] of order.entries()) {
        assert.equal(compareVersions(version, against), Math.sign(at - other), `${version} ${against}`);
      }
    }
    assert.equal(compareVersions('1.0', '1'), 0);
    assert.equal(compareVersions('..', '0'), 0);
  });
});
