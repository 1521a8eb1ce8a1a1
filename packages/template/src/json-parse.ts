import { fail } from './errors.ts';
import { LIMITS } from './limits.ts';

/** A number of a JSON document, with its digits as they stand there. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON document: objects keep their keys in order (even `"80"`), numbers keep their digits. */
export type JsonNode = null | boolean | string | JsonNumber | JsonNode[] | Map<string, JsonNode>;

/**
 * Parses a JSON document without loss. JSON.parse would round big numbers and move keys that look like numbers.
 * @throws JSON_INVALID
 */
export function parseJson(text: string): JsonNode {
  const parser = new JsonParser(text);
  return parser.document();
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// oxlint-disable-next-line no-control-regex -- control characters are what JSON forbids in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const WORD = /true|false|null/y;

class JsonParser {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): JsonNode {
    const node = this.value();
    this.match(SPACE);
    if (this.at < this.text.length) throw this.error();
    return node;
  }

  private value(): JsonNode {
    this.match(SPACE);
    switch (this.text[this.at]) {
      case '{':
        return this.object();
      case '[':
        return this.array();
      case '"':
        return this.string();
      case 't':
      case 'f':
      case 'n':
        return this.word();
      default:
        return new JsonNumber(this.expect(NUMBER));
    }
  }

  private object(): Map<string, JsonNode> {
    const node = new Map<string, JsonNode>();
    this.open();
    if (this.closes('}')) return node;
    do {
      this.match(SPACE);
      const key = this.string();
      this.match(SPACE);
      this.take(':');
      node.set(key, this.value());
      this.match(SPACE);
    } while (this.separated('}'));
    return node;
  }

  private array(): JsonNode[] {
    const node: JsonNode[] = [];
    this.open();
    if (this.closes(']')) return node;
    do {
      node.push(this.value());
      this.match(SPACE);
    } while (this.separated(']'));
    return node;
  }

  private open(): void {
    if (++this.depth > LIMITS.json) throw fail('JSON_INVALID', 'exceeded max depth');
    this.at++;
    this.match(SPACE);
  }

  private closes(bracket: string): boolean {
    if (this.text[this.at] !== bracket) return false;
    this.at++;
    this.depth--;
    return true;
  }

  /** True after a comma, false after the closing bracket. */
  private separated(bracket: string): boolean {
    if (this.closes(bracket)) return false;
    this.take(',');
    return true;
  }

  private string(): string {
    const literal = this.expect(STRING);
    if (!literal.includes('\\')) return literal.slice(1, -1);
    try {
      return String(JSON.parse(literal));
    } catch (cause) {
      throw this.error(cause);
    }
  }

  private word(): boolean | null {
    const word = this.expect(WORD);
    return word === 'null' ? null : word === 'true';
  }

  private take(char: string): void {
    if (this.text[this.at] !== char) throw this.error();
    this.at++;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private expect(pattern: RegExp): string {
    const found = this.match(pattern);
    if (found === undefined) throw this.error();
    return found;
  }

  private error(cause?: unknown): Error {
    const char = this.text[this.at];
    const message =
      char === undefined
        ? 'unexpected end of JSON input'
        : `invalid character '${char}' looking for beginning of value`;
    return fail('JSON_INVALID', message, cause === undefined ? {} : { cause });
  }
}
