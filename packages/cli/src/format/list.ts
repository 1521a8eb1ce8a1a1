import { isTable, type RowKind, templateOf } from './columns.ts';
import { alignTabs, LIST_TABS } from './tabwriter.ts';

/** Nothing but texts and plain fields: most formats are, and need no template engine. */
const PLAIN_FIELD = /\{\{ ?\.([A-Z][A-Za-z]*) ?\}\}/g;

/**
 * Prints rows by a format (`table …`, `json` or a template), one line each; a table has headings even without rows.
 * @throws TEMPLATE_SYNTAX, TEMPLATE_EXECUTION as `template parsing error: …`
 */
export async function renderList<Row>(kind: RowKind<Row>, format: string, rows: readonly Row[]): Promise<string> {
  const template = templateOf(format);
  const plain = plainRenderer(kind, template);
  if (plain === undefined) {
    // The engine is loaded only for templates that need it: most calls do not.
    const { renderWithTemplate } = await import('./list-template.ts');
    return renderWithTemplate(kind, format, template, rows);
  }
  const lines = rows.map((row) => `${plain((column) => column.text(row))}\n`).join('');
  return isTable(format) ? alignTabs(`${plain((column) => column.header)}\n${lines}`, LIST_TABS) : lines;
}

type Renderer<Row> = (show: (column: RowKind<Row>['columns'][string]) => string) => string;

function plainRenderer<Row>(kind: RowKind<Row>, template: string): Renderer<Row> | undefined {
  const parts = template.split(PLAIN_FIELD);
  const columns = parts.map((part, index) => {
    if (index % 2 === 0) return part.includes('{{') ? undefined : part;
    return Object.hasOwn(kind.columns, part) ? kind.columns[part] : undefined;
  });
  if (columns.includes(undefined)) return undefined;
  return (show) =>
    columns.map((part) => (typeof part === 'string' ? part : part === undefined ? '' : show(part))).join('');
}
