/** One column of a list: its heading and the text it shows of a row. */
export interface Column<Row> {
  readonly header: string;
  text(row: Row): string;
  /** False for what `--format json` leaves out. */
  readonly inJson?: boolean;
}

/** How rows of a list are shown: the fields that `--format` knows, in alphabetical order. */
export interface RowKind<Row> {
  /** The name of the type that error messages give: `*formatter.ContainerContext`. */
  readonly type: string;
  readonly columns: Readonly<Record<string, Column<Row>>>;
  /** The labels that `{{.Label "key"}}` reads. */
  labels?(row: Row): Readonly<Record<string, string>>;
  /** Fields that are more than text; they take precedence in `--format json`. */
  structured?(row: Row): Readonly<Record<string, StructuredField>>;
}

/** A field that prints as text and is an object in JSON; null prints `<nil>`. */
export type StructuredField = { readonly text: string; readonly json: string } | null;

/** What a list is printed with. */
export interface ListFormat {
  /** The template with its prefix: `table {{.ID}}\t{{.Names}}`. */
  readonly format: string;
}

/** Whether the format makes a table with headings. */
export function isTable(format: string): boolean {
  return format.startsWith('table');
}

/** The template of a format: without its prefix, `\t` and `\n` in place of their escapes. */
export function templateOf(format: string): string {
  if (format === 'json') return '{{json .}}';
  const bare = isTable(format) ? format.slice('table'.length) : format;
  return bare
    .replace(/^ +| +$/g, '')
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n');
}
