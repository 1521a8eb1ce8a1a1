import { textWidth } from './width.ts';

/** How columns are laid out. */
export interface TabOptions {
  /** Least width of a column, its padding included. */
  readonly minWidth: number;
  /** Spaces between the widest cell of a column and the next column. */
  readonly padding: number;
}

/** The layout of Docker's lists. */
export const LIST_TABS: TabOptions = { minWidth: 10, padding: 3 };

interface Cell {
  readonly text: string;
  readonly width: number;
}

/**
 * Aligns cells that end with a tab into columns, as Go's text/tabwriter does with spaces for padding. A column is a run
 * of consecutive lines that have the cell; what follows a line's last tab belongs to no column.
 */
export function alignTabs(text: string, options: TabOptions): string {
  const lines = text
    .split('\n')
    .map((line) => line.split(/[\t\v]/).map((cell) => ({ text: cell, width: textWidth(cell) })));
  return new Layout(lines, options).run();
}

class Layout {
  private readonly lines: readonly (readonly Cell[])[];
  private readonly options: TabOptions;
  private readonly widths: number[] = [];
  private readonly out: string[] = [];

  constructor(lines: readonly (readonly Cell[])[], options: TabOptions) {
    this.lines = lines;
    this.options = options;
  }

  run(): string {
    this.block(0, this.lines.length);
    return this.out.join('\n');
  }

  /** Lays out lines `from` to `to`, whose columns left of `widths.length` are settled. */
  private block(from: number, to: number): void {
    const column = this.widths.length;
    let written = from;
    let at = from;
    while (at < to) {
      if (!this.hasCell(at, column)) {
        at++;
        continue;
      }
      this.write(written, at);
      let end = at;
      let width = this.options.minWidth;
      for (; end < to && this.hasCell(end, column); end++) {
        width = Math.max(width, (this.lines[end]?.[column]?.width ?? 0) + this.options.padding);
      }
      this.widths.push(width);
      this.block(at, end);
      this.widths.pop();
      written = end;
      at = end;
    }
    this.write(written, to);
  }

  /** Whether the line has a cell in the column that a tab ends. */
  private hasCell(line: number, column: number): boolean {
    return column < (this.lines[line]?.length ?? 0) - 1;
  }

  private write(from: number, to: number): void {
    for (const line of this.lines.slice(from, to)) {
      let text = '';
      for (const [index, cell] of line.entries()) {
        const width = index < this.widths.length && index < line.length ? (this.widths[index] ?? 0) : 0;
        text += cell.text + ' '.repeat(Math.max(0, width - cell.width));
      }
      this.out.push(text);
    }
  }
}
