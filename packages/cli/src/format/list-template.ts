import { messageOf } from '@wharf/kit';
import { fail } from '../template/errors.ts';
import { headerFunctions } from '../template/functions.ts';
import { encodeJsonText } from '../template/json-encode.ts';
import { Template } from '../template/template.ts';
import { pointerTo, STRING, STRING_MAP, string } from '../template/types.ts';
import type { GoFunction, GoType, Value } from '../template/value.ts';
import { isTable, type RowKind, type StructuredField } from './columns.ts';
import { alignTabs, LIST_TABS } from './tabwriter.ts';

/** Prints rows with the template engine. */
export function renderWithTemplate<Row>(
  kind: RowKind<Row>,
  format: string,
  source: string,
  rows: readonly Row[],
): string {
  const template = explained(() => new Template(source));
  const lines = rows.map((row) => `${explained(() => template.execute(rowValue(kind, row)))}\n`).join('');
  if (!isTable(format)) return lines;
  return alignTabs(`${headings(kind, template)}\n${lines}`, LIST_TABS);
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw fail('TEMPLATE_EXECUTION', `template parsing error: ${messageOf(cause)}`, { cause });
  }
}

/** The line of headings. What a template cannot do with headings ends it there, as in Docker. */
function headings<Row>(kind: RowKind<Row>, template: Template): string {
  const out: string[] = [];
  try {
    template.execute(headerValue(kind), { functions: headerFunctions, out });
  } catch {
    // The rows were fine; a heading that cannot be computed is left out.
  }
  return out.join('');
}

function headerValue<Row>(kind: RowKind<Row>): Value {
  const entries = new Map(Object.entries(kind.columns).map(([name, column]) => [name, string(column.header)]));
  const methods = new Map([['Label', method([STRING], ([name]) => string(labelHeading(textOf(name))))]]);
  return { kind: 'map', type: { ...STRING_MAP, name: 'formatter.SubHeaderContext' }, entries, methods };
}

/** The last part of a label's name, in words. */
function labelHeading(name: string): string {
  return (name.split('.').at(-1) ?? '').replace(/[-_]/g, ' ');
}

function method(params: readonly GoType[], call: (args: readonly Value[]) => Value): GoFunction {
  return { params, call };
}

function textOf(value: Value | undefined): string {
  return value?.kind === 'string' ? value.value : '';
}

/** A row as templates see it: a pointer to a struct that has only methods. */
export function rowValue<Row>(kind: RowKind<Row>, row: Row): Value {
  const methods = new Map<string, GoFunction>();
  for (const [name, column] of Object.entries(kind.columns)) {
    methods.set(
      name,
      method([], () => string(column.text(row))),
    );
  }
  const structured = kind.structured?.(row) ?? {};
  for (const [name, field] of Object.entries(structured)) {
    methods.set(
      name,
      method([], () => structuredValue(name, field)),
    );
  }
  const labels = kind.labels?.(row);
  if (labels !== undefined) {
    methods.set(
      'Label',
      method([STRING], ([name]) => string(labels[textOf(name)] ?? '')),
    );
  }
  const type: GoType = { name: kind.type.replace(/^\*/, ''), kind: 'struct', fields: [] };
  const target: Value = {
    kind: 'struct',
    type,
    values: new Map(),
    methods,
    json: () => rowJson(kind, row, structured),
  };
  return { kind: 'ptr', type: pointerTo(type), target };
}

function structuredValue(name: string, field: StructuredField): Value {
  const type: GoType = { name: `formatter.${name}`, kind: 'struct', fields: [], text: () => field?.text ?? '' };
  const target: Value | null =
    field === null ? null : { kind: 'struct', type, values: new Map(), json: () => field.json };
  return { kind: 'ptr', type: pointerTo(type), target };
}

function rowJson<Row>(kind: RowKind<Row>, row: Row, structured: Readonly<Record<string, StructuredField>>): string {
  const names = Object.keys(kind.columns).filter((name) => kind.columns[name]?.inJson !== false);
  const parts = [...new Set([...names, ...Object.keys(structured)])].sort().map((name) => {
    const field = structured[name];
    const value = field === undefined ? encodeJsonText(kind.columns[name]?.text(row) ?? '', true) : field?.json;
    return `${encodeJsonText(name)}:${value ?? 'null'}`;
  });
  return `{${parts.join(',')}}`;
}
