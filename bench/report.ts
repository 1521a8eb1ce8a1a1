import { cpus, release } from 'node:os';
import { median, minimum } from './numbers.ts';

/** One line of the report. `theirs` is absent where there is nothing to compare with. */
export interface Row {
  readonly what: string;
  readonly unit: 'ms' | 'MB';
  readonly ours: readonly number[];
  readonly theirs?: readonly number[];
  /** What the project asks of itself, in words. */
  readonly goal: string;
}

const HEAD = ['', 'Wharf median', 'min', 'dockerd median', 'min', 'ratio', 'goal'];

function cells(row: Row): string[] {
  const shown = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ${row.unit}`;
  const ours = [shown(median(row.ours)), shown(minimum(row.ours))];
  if (row.theirs === undefined) return [row.what, ...ours, '', '', '', row.goal];
  const ratio = median(row.theirs) / median(row.ours);
  return [row.what, ...ours, shown(median(row.theirs)), shown(minimum(row.theirs)), `${ratio.toFixed(1)} x`, row.goal];
}

/** The rows as a Markdown table, which is readable on a terminal too. `ratio` is theirs divided by ours. */
export function table(rows: readonly Row[]): string {
  const all = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const line = (parts: readonly string[]): string =>
    `| ${parts.map((part, column) => (column === 0 ? part.padEnd(widths[0] ?? 0) : part.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(HEAD), line(rule), ...all.slice(1).map(line)].join('\n');
}

/** The machine and the versions that the figures belong to. */
export function circumstances(versions: Readonly<Record<string, string>>): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Linux ${release()}`;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${date} · ${machine} · ${named.join(' · ')}`;
}
