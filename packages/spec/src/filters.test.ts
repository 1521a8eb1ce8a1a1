import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  booleanFilter,
  checkFilterNames,
  filterValues,
  formatFilters,
  matchesExactly,
  matchesLabels,
  matchesPattern,
  matchesPrefix,
  parseFilters,
} from './filters.ts';

const of = (value: unknown) => parseFilters(JSON.stringify(value));

describe('parseFilters', () => {
  it('reads both wire forms alike', () => {
    assert.deepEqual(filterValues(of({ label: ['a', 'b'] }), 'label'), ['a', 'b']);
    assert.deepEqual(filterValues(of({ label: { a: true, b: true } }), 'label'), ['a', 'b']);
  });
  it('takes absent, empty and null as no filters', () => {
    for (const text of [undefined, null, '', 'null', '{}']) assert.equal(parseFilters(text).size, 0);
  });
  it('survives a round trip', () => {
    const filters = of({ name: { x: true }, status: ['running', 'exited'] });
    assert.deepEqual(parseFilters(formatFilters(filters)), filters);
  });
  it('refuses everything else', () => {
    for (const text of ['{', '[]', '7', '{"a":"b"}', '{"a":[1]}', '{"a":{"b":1}}', `{"a":["${'x'.repeat(70_000)}"]}`]) {
      assert.throws(() => parseFilters(text), { code: 'INVALID_FILTER', kind: 'invalid', message: 'invalid filter' });
    }
  });
  it('is not confused by names of object members', () => {
    assert.deepEqual(filterValues(parseFilters('{"__proto__":["x"]}'), '__proto__'), ['x']);
    assert.deepEqual(filterValues(of({}), 'constructor'), []);
    assert.equal(matchesLabels(of({ label: ['constructor'] }), 'label', {}), false);
  });
});

describe('matching', () => {
  it('lets everything pass without a value', () => {
    const none = of({});
    assert.ok(matchesExactly(none, 'id', 'x') && matchesPrefix(none, 'id', 'x') && matchesPattern(none, 'id', 'x'));
    assert.ok(matchesLabels(none, 'label', undefined));
  });
  it('takes any of several values, but all labels', () => {
    assert.ok(matchesExactly(of({ status: ['a', 'b'] }), 'status', 'b'));
    assert.ok(!matchesExactly(of({ status: ['a', 'b'] }), 'status', 'c'));
    assert.ok(matchesPrefix(of({ id: ['f', 'ab'] }), 'id', 'abc'));
    assert.ok(matchesLabels(of({ label: ['a', 'b=1=2'] }), 'label', { a: 'x', b: '1=2' }));
    assert.ok(!matchesLabels(of({ label: ['a', 'c'] }), 'label', { a: 'x' }));
    assert.ok(!matchesLabels(of({ label: ['a=y'] }), 'label', { a: 'x' }));
  });
  it('reads names as regular expressions', () => {
    assert.ok(matchesPattern(of({ name: ['^/?web.*[0-9]$'] }), 'name', '/web-app-1'));
    assert.ok(!matchesPattern(of({ name: ['^web$'] }), 'name', 'webs'));
  });
  it('refuses patterns that are malformed or could run for ever', () => {
    for (const pattern of ['(', '(a+)+$', '(a|b)*', 'a*b*c*d*', 'x'.repeat(300)]) {
      assert.throws(() => matchesPattern(of({ name: [pattern] }), 'name', 'aaaa'), { code: 'INVALID_FILTER' });
    }
  });
});

describe('booleanFilter and checkFilterNames', () => {
  it('reads yes and no', () => {
    assert.equal(booleanFilter(of({ dangling: ['1'] }), 'dangling', undefined), true);
    assert.equal(booleanFilter(of({ dangling: ['false'] }), 'dangling', undefined), false);
    assert.equal(booleanFilter(of({}), 'dangling', undefined), undefined);
  });
  it('names what is wrong', () => {
    const wrong = of({ dangling: ['maybe'] });
    assert.throws(() => booleanFilter(wrong, 'dangling', false), { message: "invalid filter 'dangling=[maybe]'" });
    assert.throws(() => booleanFilter(of({ dangling: ['1', '0'] }), 'dangling', false));
    assert.throws(() => checkFilterNames(wrong, ['label']), { message: "invalid filter 'dangling'" });
    checkFilterNames(wrong, ['dangling']);
  });
});
