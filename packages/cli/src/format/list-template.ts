import { messageOf } from '@wharf/kit';
import {
  encodeJsonText,
  GO_STRING,
  GO_STRING_MAP,
  type GoFunction,
  type GoType,
  type GoValue,
  goString,
  headerFunctions,
  pointerTo,
  Template,
} from '@wharf/template';
import { fail } from '../errors.ts';
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

function headerValue<Row>(kind: RowKind<Row>): GoValue {
  const entries = new Map(Object.entries(kind.columns).map(([name, column]) => [name, goString(column.header)]));
  const methods = new Map([['Label', method([GO_STRING], ([name]) => goString(labelHeading(textOf(name))))]]);
  return { kind: 'map', type: { ...GO_STRING_MAP, name: 'formatter.SubHeaderContext' }, entries, methods };
}

/** The last part of a label's name, in words. */
function labelHeading(name: string): string {
  return (name.split('.').at(-1) ?? '').replace(/[-_]/g, ' ');
}

function method(params: readonly GoType[], call: (args: readonly GoValue[]) => GoValue): GoFunction {
  return { params, call };
}

function textOf(value: GoValue | undefined): string {
  return value?.kind === 'string' ? value.value : '';
}

/** A row as templates see it: a pointer to a struct that has only methods. */
export function rowValue<Row>(kind: RowKind<Row>, row: Row): GoValue {
  const methods = new Map<string, GoFunction>();
  for (const [name, column] of Object.entries(kind.columns)) {
    methods.set(
      name,
      method([], () => goString(column.text(row))),
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
      method([GO_STRING], ([name]) => goString(labels[textOf(name)] ?? '')),
    );
  }
  const type: GoType = { name: kind.type.replace(/^\*/, ''), kind: 'struct', fields: [] };
  const target: GoValue = {
    kind: 'struct',
    type,
    values: new Map(),
    methods,
    json: () => rowJson(kind, row, structured),
  };
  return { kind: 'ptr', type: pointerTo(type), target };
}

function structuredValue(name: string, field: StructuredField): GoValue {
  const type: GoType = { name: `formatter.${name}`, kind: 'struct', fields: [], text: () => field?.text ?? '' };
  const target: GoValue | null =
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
