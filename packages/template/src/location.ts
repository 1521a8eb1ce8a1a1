import { type Node, write } from './nodes.ts';
import type { ParsedTemplate } from './parser.ts';

/** A place in a running template: which of its templates runs, and the node it is at. */
export interface Location {
  readonly template: ParsedTemplate;
  readonly running: string;
  readonly node: Node | undefined;
}

/** The message with its place, as Go words it: line and byte column, and the node as template text. */
export function locate({ template, running, node }: Location, message: string): string {
  const before = template.source.slice(0, node?.position ?? 0);
  const line = before.split('\n').length;
  const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1));
  const context = node === undefined ? '' : write(node);
  const place = `${template.name}:${line}:${column}: executing ${JSON.stringify(running)} at <${context}>`;
  return `template: ${place}: ${message}`;
}
