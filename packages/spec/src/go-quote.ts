/** Go's quoted texts: reading literals (strconv.Unquote) and writing them (strconv.Quote). */

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

const NAMES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The text of a Go string literal ("…" or `…`) or undefined when it is malformed. */
export function goUnquote(literal: string): string | undefined {
  const quote = literal[0];
  const body = literal.slice(1, -1);
  if (quote === '`') return body.replaceAll('\r', '');
  let text = '';
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) text += Buffer.from(bytes).toString('utf8');
    bytes = [];
  };
  for (let at = 0; at < body.length; ) {
    const unit = readUnit(body, at, quote ?? '"');
    if (unit === undefined) return undefined;
    at = unit.next;
    // \x and octal escapes are bytes, which together may spell one character.
    if (unit.byte) bytes.push(unit.code);
    else {
      flush();
      text += String.fromCodePoint(unit.code);
    }
  }
  flush();
  return text;
}

/** The code point of a Go character literal ('…'): undefined when it is malformed, `more` for several characters. */
export function goUnquoteRune(literal: string): number | 'more' | undefined {
  const body = literal.slice(1, -1);
  const unit = readUnit(body, 0, "'");
  if (unit === undefined) return undefined;
  return unit.next === body.length ? unit.code : 'more';
}

interface Unit {
  readonly code: number;
  readonly byte: boolean;
  readonly next: number;
}

function readUnit(body: string, at: number, quote: string): Unit | undefined {
  const char = body[at];
  if (char === undefined || char === quote || char === '\n') return undefined;
  if (char !== '\\') {
    const code = body.codePointAt(at) ?? 0;
    return { code, byte: false, next: at + (code > 0xffff ? 2 : 1) };
  }
  const letter = body[at + 1] ?? '';
  if (letter === '"' || letter === "'") {
    return letter === quote ? { code: letter.charCodeAt(0), byte: false, next: at + 2 } : undefined;
  }
  const plain = ESCAPES[letter];
  if (plain !== undefined) return { code: plain.charCodeAt(0), byte: false, next: at + 2 };
  const digits = HEX_DIGITS[letter];
  return digits === undefined ? octal(body, at + 1) : hex(body, at + 2, digits);
}

function hex(body: string, at: number, digits: number): Unit | undefined {
  const text = body.slice(at, at + digits);
  if (!/^[0-9a-fA-F]+$/.test(text) || text.length !== digits) return undefined;
  const code = Number.parseInt(text, 16);
  if (digits > 2 && (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))) return undefined;
  return { code, byte: digits === 2, next: at + digits };
}

function octal(body: string, at: number): Unit | undefined {
  const text = body.slice(at, at + 3);
  if (!/^[0-7]{3}$/.test(text)) return undefined;
  const code = Number.parseInt(text, 8);
  return code > 255 ? undefined : { code, byte: true, next: at + 3 };
}

/** Whether Go counts the character as printable: letters, marks, numbers, punctuation, symbols and the space. */
export function isPrintable(char: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char);
}

/** The text in double quotes, everything unprintable escaped (strconv.Quote). `ascii` escapes all but ASCII. */
export function goQuote(text: string, delimiter: '"' | "'" = '"', ascii = false): string {
  if (/^[ !#-&(-[\]-~]*$/.test(text)) return delimiter + text + delimiter;
  let quoted: string = delimiter;
  for (const char of text) quoted += quoteChar(char, delimiter, ascii);
  return quoted + delimiter;
}

function quoteChar(char: string, delimiter: string, ascii: boolean): string {
  if (char === delimiter) return `\\${char}`;
  const named = NAMES[char];
  if (named !== undefined) return named;
  const code = char.codePointAt(0) ?? 0;
  if (isPrintable(char) && !(ascii && code > 127)) return char;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** A character as Go's `%#U` writes it: `U+0023 '#'`. The empty text stands for the end of input. */
export function describeRune(char: string): string {
  if (char === '') return 'U+FFFFFFFFFFFFFFFF';
  const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrintable(char) ? `${code} '${char}'` : code;
}
