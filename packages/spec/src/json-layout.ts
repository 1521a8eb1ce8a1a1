/** White space of a JSON text, changed without touching anything else: Go's json.Indent and json.Compact. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The text without white space between its tokens. */
export function compactJson(text: string): string {
  return (text.match(TOKEN) ?? []).join('');
}

/** The text with every element on its own line, indented by `indent` a level. Empty objects and lists stay closed. */
export function indentJson(text: string, indent: string): string {
  const parts: string[] = [];
  let level = 0;
  let pending = '';
  for (const token of text.match(TOKEN) ?? []) {
    const closing = token === '}' || token === ']';
    if (closing) {
      level--;
      // Right after an opening bracket nothing was broken yet: keep `{}` together.
      parts.push(pending === 'open' ? token : `\n${indent.repeat(Math.max(0, level))}${token}`);
      pending = '';
      continue;
    }
    if (pending === 'open') parts.push(`\n${indent.repeat(level)}`);
    pending = '';
    parts.push(token);
    if (token === '{' || token === '[') {
      level++;
      pending = 'open';
    } else if (token === ',') parts.push(`\n${indent.repeat(level)}`);
    else if (token === ':') parts.push(' ');
  }
  return parts.join('');
}
