/** Makes packages/linux/src/program/ops.gen.ts from cell/ops.def; with --check only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = join(root, 'packages/linux/src/program/ops.gen.ts');
const TYPES: Readonly<Record<string, string>> = {
  u: 'number | bigint',
  s: 'string',
  b: 'Uint8Array',
  l: 'readonly string[]',
};

/** Renders the TypeScript of all OP(…) lines. */
export function renderOps(source: string): string {
  const table: string[] = [];
  const union: string[] = [];
  for (const match of source.matchAll(/^OP\((\w+), "(\w*)", "([\w ]*)", "(.*)"\)$/gm)) {
    const [, name = '', signature = '', fieldText = '', text = ''] = match;
    const fields = fieldText === '' ? [] : fieldText.split(' ');
    if (fields.length !== signature.length) throw new TypeError(`ops.def: ${name}: signature and fields differ`);
    const pairs = fields.map((field, at) => `['${field}', '${signature[at]}']`);
    table.push(`  { name: '${name}', fields: [${pairs.join(', ')}] },`);
    const members = fields.map((field, at) => `readonly ${field}: ${TYPES[signature[at] ?? '']}`);
    union.push(`  /** ${text} */\n  | { ${[`readonly op: '${name}'`, ...members].join('; ')} }`);
  }
  return [
    '// Made by tools/generate-ops.ts from cell/ops.def. Do not edit.',
    "/** How a field travels: 64-bit number, string, bytes, list of strings. */\nexport type FieldType = 'u' | 's' | 'b' | 'l';",
    `/** All operations; the position is the number on the wire. */\nexport const OPERATIONS: readonly {\n  readonly name: Op['op'];\n  readonly fields: readonly (readonly [string, FieldType])[];\n}[] = [\n${table.join('\n')}\n];`,
    `/** One operation of a cell program. */\nexport type Op =\n${union.join('\n')};`,
    '',
  ].join('\n\n');
}

if (import.meta.main) {
  const text = renderOps(readFileSync(join(root, 'cell/ops.def'), 'utf8'));
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write('packages/linux/src/program/ops.gen.ts is stale: run node tools/generate-ops.ts\n');
    process.exitCode = 1;
  }
}
