/** A last line that is at most this much too long is not broken, so that no word stands alone. */
const SLOP = 5;
/** Narrower columns are not worth filling: the text then starts on a line of its own. */
const NARROWEST = 24;
const FALLBACK_INDENT = 16;

/** Cuts one line of at most `width` off the text, at the last blank or at a newline; returns line and remainder. */
function cutLine(text: string, width: number): [string, string] {
  if (width + SLOP > text.length) return [text, ''];
  const head = text.slice(0, width);
  const blank = Math.max(head.lastIndexOf(' '), head.lastIndexOf('\t'), head.lastIndexOf('\n'));
  if (blank <= 0) return [text, ''];
  const newline = head.lastIndexOf('\n');
  const at = newline > 0 ? newline : blank;
  return [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Fills text into the columns from `indent` to `width`, the way the option lists of Docker's client are filled. The
 * first line is not indented: the caller has written what stands left of it. Width 0 means no wrapping.
 */
export function wrapText(text: string, indent: number, width: number): string {
  const onOwnLine = width > 0 && width - indent < NARROWEST;
  const left = onOwnLine ? FALLBACK_INDENT : indent;
  const margin = `\n${' '.repeat(left)}`;
  if (width === 0) return text.replaceAll('\n', margin);
  const lines: string[] = onOwnLine ? [''] : [];
  if (width - left < NARROWEST) return text.replaceAll('\n', margin);
  let rest = text;
  do {
    const [line, remainder] = cutLine(rest, width - left - SLOP);
    lines.push(line.replaceAll('\n', margin));
    rest = remainder;
  } while (rest !== '');
  return lines.join(margin);
}
