/** Cuts a template into tokens: text between actions, and the words within `{{` and `}}`. */
import { describeRune } from '@wharf/spec';

export type TokenType =
  | 'text'
  | 'leftDelim'
  | 'rightDelim'
  | 'space'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'leftParen'
  | 'rightParen'
  | 'string'
  | 'rawString'
  | 'charConstant'
  | 'number'
  | 'complex'
  | 'variable'
  | 'field'
  | 'identifier'
  | 'bool'
  | 'dot'
  | 'nil'
  | 'char'
  | 'keyword'
  | 'eof'
  | 'error';

/** `position` is an index into the template text, `line` counts from 1. */
export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly position: number;
  readonly line: number;
}

const KEYWORDS: ReadonlySet<string> = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);

const SPACES = ' \t\r\n';
const SINGLE: Readonly<Record<string, TokenType>> = { '=': 'assign', '|': 'pipe', '(': 'leftParen', ')': 'rightParen' };
const WORD = /[\p{L}\p{Nd}_]/u;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;

/** A refusal of the lexer, which becomes the last token. */
class LexicalError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Cuts the template into tokens. The last one is `eof`, or `error` with the reason in `text`. */
export function lex(input: string): Token[] {
  const lexer = new Lexer(input);
  lexer.run();
  return lexer.tokens;
}

class Lexer {
  readonly tokens: Token[] = [];
  private readonly input: string;
  private position = 0;
  private start = 0;
  private line = 1;
  private parens = 0;

  constructor(input: string) {
    this.input = input;
  }

  run(): void {
    try {
      while (this.text()) this.action();
      this.emit('eof');
    } catch (error) {
      if (!(error instanceof LexicalError)) throw error;
      this.tokens.push({ type: 'error', text: error.message, position: this.start, line: this.line });
    }
  }

  /** Scans up to the next action and says whether there is one. */
  private text(): boolean {
    const found = this.input.indexOf('{{', this.position);
    if (found < 0) {
      this.position = this.input.length;
      if (this.position > this.start) this.emit('text');
      return false;
    }
    let end = found;
    if (this.trimMarkerAt(found + 2)) while (end > this.start && SPACES.includes(this.input[end - 1] ?? '')) end--;
    this.position = end;
    if (end > this.start) this.emit('text');
    this.position = found;
    this.skip();
    return true;
  }

  /** A minus followed by a space, right after `{{`. */
  private trimMarkerAt(position: number): boolean {
    return this.input[position] === '-' && this.isSpaceAt(position + 1);
  }

  private isSpaceAt(position: number): boolean {
    const char = this.input[position];
    return char !== undefined && SPACES.includes(char);
  }

  /** The length of the closing delimiter here, with its trim marker; 0 if there is none. */
  private closing(position = this.position): number {
    if (this.input.startsWith('}}', position)) return 2;
    return this.isSpaceAt(position) && this.input.startsWith('-}}', position + 1) ? 4 : 0;
  }

  private action(): void {
    const marker = this.trimMarkerAt(this.position + 2) ? 2 : 0;
    if (this.input.startsWith('/*', this.position + 2 + marker)) {
      this.comment(this.position + 2 + marker);
      return;
    }
    this.position += 2;
    this.emit('leftDelim');
    this.position += marker;
    this.skip();
    this.parens = 0;
    while (this.inside());
  }

  private comment(begin: number): void {
    this.start = begin;
    const end = this.input.indexOf('*/', begin + 2);
    if (end < 0) throw new LexicalError('unclosed comment');
    this.position = end + 2;
    if (this.closing() === 0) throw new LexicalError('comment ends before closing delimiter');
    this.close(false);
  }

  /** Passes the closing delimiter; a trim marker in it eats the space that follows. */
  private close(emit: boolean): void {
    const length = this.closing();
    this.position += length - 2;
    if (emit) this.skip();
    this.position += 2;
    if (emit) this.emit('rightDelim');
    if (length === 4) while (this.isSpaceAt(this.position)) this.position++;
    this.skip();
  }

  /** One token within an action. False after the closing delimiter. */
  private inside(): boolean {
    if (this.closing() > 0) {
      if (this.parens > 0) throw new LexicalError('unclosed left paren');
      this.close(true);
      return false;
    }
    const char = this.nextChar();
    if (char === '') throw new LexicalError('unclosed action');
    if (SPACES.includes(char)) this.space();
    else if (char in SINGLE) this.single(char);
    else if (char === ':') this.colon();
    else if (char === '"' || char === "'") this.quoted(char);
    else if (char === '`') this.rawQuoted();
    else if (char === '$') this.fieldOrVariable('variable');
    else if (char === '.' && /[^0-9]/.test(this.input[this.position] ?? '')) this.dotOrField();
    else if (/[.+\-0-9]/.test(char)) this.number();
    else if (WORD.test(char)) this.identifier();
    else if (char >= ' ' && char <= '~') this.emit('char');
    else throw new LexicalError(`unrecognized character in action: ${describeRune(char)}`);
    return true;
  }

  private nextChar(): string {
    const code = this.input.codePointAt(this.position);
    if (code === undefined) return '';
    const char = String.fromCodePoint(code);
    this.position += char.length;
    return char;
  }

  private peekChar(): string {
    const code = this.input.codePointAt(this.position);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private space(): void {
    while (this.isSpaceAt(this.position)) this.position++;
    // The last space belongs to a closing delimiter with a trim marker.
    if (this.closing(this.position - 1) === 4) this.position--;
    if (this.position > this.start) this.emit('space');
  }

  private single(char: string): void {
    const type = SINGLE[char] ?? 'char';
    if (type === 'leftParen') this.parens++;
    if (type === 'rightParen' && --this.parens < 0) throw new LexicalError('unexpected right paren');
    this.emit(type);
  }

  private colon(): void {
    if (this.nextChar() !== '=') throw new LexicalError('expected :=');
    this.emit('declare');
  }

  private quoted(quote: string): void {
    for (;;) {
      let char = this.nextChar();
      const escaped = char === '\\';
      if (escaped) char = this.nextChar();
      if (char === '' || char === '\n') {
        throw new LexicalError(quote === '"' ? 'unterminated quoted string' : 'unterminated character constant');
      }
      if (!escaped && char === quote) break;
    }
    this.emit(quote === '"' ? 'string' : 'charConstant');
  }

  private rawQuoted(): void {
    const end = this.input.indexOf('`', this.position);
    if (end < 0) throw new LexicalError('unterminated raw quoted string');
    this.position = end + 1;
    this.emit('rawString');
  }

  private dotOrField(): void {
    if (this.atTerminator()) this.emit('dot');
    else this.fieldOrVariable('field');
  }

  private fieldOrVariable(type: 'field' | 'variable'): void {
    if (!this.atTerminator()) this.word();
    this.emit(type);
  }

  private word(): void {
    while (WORD.test(this.peekChar())) this.nextChar();
    if (!this.atTerminator()) throw new LexicalError(`bad character ${describeRune(this.peekChar())}`);
  }

  private identifier(): void {
    this.word();
    const word = this.input.slice(this.start, this.position);
    if (KEYWORDS.has(word)) this.emit('keyword');
    else if (word === 'nil') this.emit('nil');
    else this.emit(word === 'true' || word === 'false' ? 'bool' : 'identifier');
  }

  private number(): void {
    this.position = this.start;
    this.scanNumber();
    const next = this.peekChar();
    if (next !== '+' && next !== '-') {
      this.emit('number');
      return;
    }
    this.scanNumber();
    if (this.input[this.position - 1] !== 'i') throw this.badNumber();
    this.emit('complex');
  }

  private scanNumber(): void {
    NUMBER.lastIndex = this.position;
    this.position += NUMBER.exec(this.input)?.[0].length ?? 0;
    if (!WORD.test(this.peekChar())) return;
    this.nextChar();
    throw this.badNumber();
  }

  private badNumber(): LexicalError {
    return new LexicalError(`bad number syntax: ${JSON.stringify(this.input.slice(this.start, this.position))}`);
  }

  /** What may follow a word: so that `$x+2` stays an error. */
  private atTerminator(): boolean {
    const char = this.input[this.position];
    return char === undefined || ' \t\r\n.,|:()'.includes(char) || this.input.startsWith('}}', this.position);
  }

  private emit(type: TokenType): void {
    const text = this.input.slice(this.start, this.position);
    this.tokens.push({ type, text, position: this.start, line: this.line });
    this.skip();
  }

  private skip(): void {
    for (let at = this.start; at < this.position; at++) if (this.input[at] === '\n') this.line++;
    this.start = this.position;
  }
}
