import { isGenerated, isTest } from '../lib/tree.ts';
import type { Problem } from './problem.ts';

/** Budgets in lines. Functions of TypeScript are measured by oxlint (max-lines-per-function). */
export const BUDGET = { tsFile: 400, tsTarget: 300, tsMedian: 90, cFile: 600, cFunction: 90, cTotal: 3000 } as const;

/** Checks the sizes of all TypeScript and C sources, given as path -> text. */
export function checkSize(texts: ReadonlyMap<string, string>): Problem[] {
  const problems: Problem[] = [];
  let cTotal = 0;
  const median: number[] = [];
  for (const [path, text] of texts) {
    const lines = countLines(text);
    if (path.endsWith('.ts')) {
      if (isGenerated(path)) continue;
      if (lines > BUDGET.tsFile) problems.push(tooLong(path, lines, BUDGET.tsFile));
      if (!isTest(path)) median.push(lines);
    } else {
      if (isCellProper(path)) cTotal += lines;
      if (lines > BUDGET.cFile) problems.push(tooLong(path, lines, BUDGET.cFile));
      problems.push(...longFunctions(path, text));
    }
  }
  if (cTotal > BUDGET.cTotal) problems.push(tooLong('cell (all of it)', cTotal, BUDGET.cTotal));
  const middle = median.sort((a, b) => a - b)[Math.floor(median.length / 2)] ?? 0;
  if (middle > BUDGET.tsMedian) problems.push(tooLong('the median TypeScript file', middle, BUDGET.tsMedian));
  return problems;
}

/** Files within the hard limit but above the one to aim at: worth a look, not a failure. */
export function overTarget(texts: ReadonlyMap<string, string>): string[] {
  return [...texts]
    .filter(([path, text]) => path.endsWith('.ts') && !isGenerated(path) && countLines(text) > BUDGET.tsTarget)
    .map(([path, text]) => `${path} (${countLines(text)})`);
}

function isCellProper(path: string): boolean {
  return path.startsWith('cell/') && !path.startsWith('cell/test/');
}

function tooLong(where: string, lines: number, budget: number): Problem {
  return { where, what: `${lines} lines, the budget is ${budget}: split it by responsibility` };
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** C functions over budget. The house style has a function's name and its closing brace at the start of a line. */
function longFunctions(path: string, text: string): Problem[] {
  const problems: Problem[] = [];
  let start: { name: string; line: number } | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const head = /^[a-z_][\w\s*]*?(\w+)\(/i.exec(line);
    if (head && !line.endsWith(';')) start = { name: head[1] ?? '', line: at };
    if (line !== '}' || !start) continue;
    const length = at - start.line + 1;
    if (length > BUDGET.cFunction)
      problems.push(tooLong(`${path}:${start.line + 1} ${start.name}()`, length, BUDGET.cFunction));
    start = undefined;
  }
  return problems;
}
