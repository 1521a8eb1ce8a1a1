import { formatFilters } from '@wharf/spec';
import { fail } from '../errors.ts';
import type { Flag } from '../framework/flag.ts';
import { flag } from '../framework/kinds.ts';

/** Filters as they were given: names in lower case, several values of a name together. */
export type FilterValues = ReadonlyMap<string, readonly string[]>;

/** `--filter name=value`, any number of times. */
export function filterFlag(): Flag<FilterValues> {
  const none: FilterValues = new Map();
  return flag.custom('filter', 'Filter output based on conditions provided', 'filter', none, addFilter, { short: 'f' });
}

function addFilter(text: string, current: FilterValues): FilterValues {
  if (text === '') return current;
  const at = text.indexOf('=');
  if (at < 0) throw fail('FLAG_VALUE', 'bad format of filter (expected name=value)');
  return withFilter(current, text.slice(0, at).trim().toLowerCase(), text.slice(at + 1).trim());
}

/** The filters with one more value. */
export function withFilter(filters: FilterValues, name: string, value: string): FilterValues {
  const values = filters.get(name) ?? [];
  return new Map([...filters, [name, values.includes(value) ? values : [...values, value]]]);
}

/** The filters as the API takes them; nothing for none. */
export function filterQuery(filters: FilterValues): { filters?: string } {
  const sorted = new Map(
    [...filters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, values]) => [name, values.toSorted()]),
  );
  return filters.size === 0 ? {} : { filters: formatFilters(sorted) };
}
