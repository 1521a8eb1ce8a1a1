/** One `import`, `export … from` or `import()` of a file. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** True for `import type` and `export type`: erased, but still knowledge of the other side. */
  readonly typeOnly: boolean;
}

// The formatter puts every statement at the start of its line, so text in strings and comments is not mistaken for one.
const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:[\w*{][^'"`;]*?\sfrom\s+)?'([^'\n]+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^'\n]+)'\s*\)/g;

/** Finds all imports of a source text, in order of lines. */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  const lineOf = (index: number) => text.slice(0, index).split('\n').length;
  for (const match of text.matchAll(STATEMENT)) {
    found.push({ specifier: match[2] ?? '', line: lineOf(match.index), typeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(DYNAMIC)) {
    found.push({ specifier: match[1] ?? '', line: lineOf(match.index), typeOnly: false });
  }
  return found.sort((a, b) => a.line - b.line);
}
