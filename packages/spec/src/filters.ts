/**
 * Docker's filters: the `filters` query parameter of list, events and prune requests, and the matching rules that go
 * with it. Pure.
 */
import { fail } from './errors.ts';

/** Filter names with their values, in the order in which they came. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** No filters at all. */
export const NO_FILTERS: Filters = new Map();

const MAX_FILTER_TEXT = 64 * 1024;
const MAX_PATTERN = 256;

function invalid(name?: string, values?: readonly string[]): Error {
  const value = values === undefined ? '' : `=[${values.join(' ')}]`;
  return fail('INVALID_FILTER', name === undefined ? 'invalid filter' : `invalid filter '${name}${value}'`);
}

function valuesOf(value: unknown): string[] {
  if (Array.isArray(value)) {
    if (!value.every((item) => typeof item === 'string')) throw invalid();
    return [...new Set(value)];
  }
  if (typeof value !== 'object' || value === null) throw invalid();
  if (!Object.values(value).every((item) => typeof item === 'boolean')) throw invalid();
  return Object.keys(value);
}

/**
 * Reads the JSON of a `filters` parameter: `{"label":["a","b"]}` (before API 1.22 and still common) or
 * `{"label":{"a":true,"b":true}}`. Absent or empty text means no filters. Throws INVALID_FILTER.
 */
export function parseFilters(text: string | null | undefined): Filters {
  if (text === undefined || text === null || text === '') return NO_FILTERS;
  if (text.length > MAX_FILTER_TEXT) throw invalid();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw fail('INVALID_FILTER', 'invalid filter', { cause: error });
  }
  if (parsed === null) return NO_FILTERS;
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw invalid();
  return new Map(Object.entries(parsed).map(([name, value]) => [name, valuesOf(value)]));
}

/** The JSON of a `filters` parameter, in the form that all API versions from 1.22 on understand. */
export function formatFilters(filters: Filters): string {
  const entries = [...filters].map(([name, values]) => [
    name,
    Object.fromEntries(values.map((value) => [value, true])),
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

/** Refuses filter names outside `accepted`. Throws INVALID_FILTER. */
export function checkFilterNames(filters: Filters, accepted: readonly string[]): void {
  for (const name of filters.keys()) {
    if (!accepted.includes(name)) throw invalid(name);
  }
}

/** The values given for `name`; empty when there are none. */
export function filterValues(filters: Filters, name: string): readonly string[] {
  return filters.get(name) ?? [];
}

/** True when no value was given for `name`, or one of them equals `value`. */
export function matchesExactly(filters: Filters, name: string, value: string): boolean {
  const values = filterValues(filters, name);
  return values.length === 0 || values.includes(value);
}

/** True when no value was given for `name`, or one of them is `value` or a beginning of it. */
export function matchesPrefix(filters: Filters, name: string, value: string): boolean {
  const values = filterValues(filters, name);
  return values.length === 0 || values.some((wanted) => value.startsWith(wanted));
}

/**
 * A regular expression from outside, refused when it could run for ever: JavaScript backtracks, so groups must not be
 * repeated and at most three parts may repeat without bound.
 */
function safePattern(pattern: string, name: string): RegExp {
  const bare = pattern.replaceAll(/\\./g, '').replaceAll(/\[[^\]]*\]/g, '_');
  const repeats = bare.match(/[*+]|\{\d*,\d*\}/g)?.length ?? 0;
  if (pattern.length > MAX_PATTERN || repeats > 3 || /\)[*+?{]/.test(bare)) throw invalid(name, [pattern]);
  try {
    return new RegExp(pattern, 'u');
  } catch (error) {
    throw fail('INVALID_FILTER', `invalid filter '${name}=[${pattern}]'`, { cause: error });
  }
}

/** True when no value was given for `name`, or one of them is found in `value` as a regular expression. */
export function matchesPattern(filters: Filters, name: string, value: string): boolean {
  const values = filterValues(filters, name);
  return values.length === 0 || values.some((wanted) => safePattern(wanted, name).test(value));
}

/** True when every `key` or `key=value` given for `name` is among `labels`. */
export function matchesLabels(
  filters: Filters,
  name: string,
  labels: Readonly<Record<string, string>> | null | undefined,
): boolean {
  return filterValues(filters, name).every((wanted) => {
    const at = wanted.indexOf('=');
    const key = at < 0 ? wanted : wanted.slice(0, at);
    if (labels === null || labels === undefined || !Object.hasOwn(labels, key)) return false;
    return at < 0 || labels[key] === wanted.slice(at + 1);
  });
}

/** The yes/no value of `name` (`1`, `true`, `0`, `false`), or `fallback` when it was not given. Throws INVALID_FILTER. */
export function booleanFilter<Fallback>(filters: Filters, name: string, fallback: Fallback): boolean | Fallback {
  const values = filters.get(name);
  if (values === undefined) return fallback;
  if (values.length === 0) throw invalid(name);
  const yes = values.some((value) => value === '1' || value === 'true');
  const no = values.some((value) => value === '0' || value === 'false');
  if (yes === no) throw invalid(name, values);
  return yes;
}
