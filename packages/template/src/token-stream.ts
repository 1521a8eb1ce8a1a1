import { goQuote } from '@wharf/spec';
import { fail } from './errors.ts';
import { lex, type Token, type TokenType } from './lexer.ts';

/** The tokens of one template with a cursor, and the parser's way to complain about them. */
export class TokenStream {
  /** The name that error messages give the template. */
  readonly name: string;
  /** The line where the action being parsed began; 0 between actions. */
  actionLine = 0;
  private readonly tokens: readonly Token[];
  private cursor = 0;

  constructor(name: string, source: string) {
    this.name = name;
    this.tokens = lex(source);
  }

  next(): Token {
    const token = this.peek();
    if (this.cursor < this.tokens.length) this.cursor++;
    return token;
  }

  peek(): Token {
    const token = this.tokens[Math.min(this.cursor, this.tokens.length - 1)];
    if (token === undefined) throw this.error('unexpected EOF');
    return token;
  }

  nextNonSpace(): Token {
    let token = this.next();
    while (token.type === 'space') token = this.next();
    return token;
  }

  peekNonSpace(): Token {
    while (this.peek().type === 'space') this.cursor++;
    return this.peek();
  }

  /** Where the cursor is, to come back to with `rewind`. */
  mark(): number {
    return this.cursor;
  }

  rewind(mark: number): void {
    this.cursor = mark;
  }

  expect(types: readonly TokenType[], context: string): Token {
    const token = this.nextNonSpace();
    if (!types.includes(token.type)) throw this.unexpected(token, context);
    return token;
  }

  /** The error for a token that has no business here. */
  unexpected(token: Token, context: string): Error {
    if (token.type !== 'error') return this.error(`unexpected ${describe(token)} in ${context}`);
    if (this.actionLine === 0 || this.actionLine === token.line) return this.error(token.text);
    const started = ` in action started at ${this.name}:${this.actionLine}`;
    return this.error(token.text + (token.text.endsWith(' action') ? started.slice(' in action'.length) : started));
  }

  /** An error at the line of the token read last. */
  error(message: string): Error {
    const line = this.tokens[Math.max(0, Math.min(this.cursor, this.tokens.length) - 1)]?.line ?? 1;
    return fail('TEMPLATE_SYNTAX', `template: ${this.name}:${line}: ${message}`);
  }
}

/** A token as error messages name it. */
function describe(token: Token): string {
  if (token.type === 'eof') return 'EOF';
  if (token.type === 'keyword' || token.type === 'nil' || token.type === 'dot') return `<${token.text}>`;
  const characters = [...token.text];
  return characters.length > 10 ? `${goQuote(characters.slice(0, 10).join(''))}...` : goQuote(token.text);
}
