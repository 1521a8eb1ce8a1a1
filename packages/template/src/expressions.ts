import { goUnquote } from '@wharf/spec';
import type { Token, TokenType } from './lexer.ts';
import { LIMITS } from './limits.ts';
import { type CommandNode, type Operand, type PipeNode, type VariableNode, write } from './nodes.ts';
import { parseNumber } from './number.ts';
import type { TokenStream } from './token-stream.ts';

const OPERANDS: ReadonlySet<TokenType> = new Set<TokenType>([
  'bool',
  'charConstant',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
]);

/** Parses what stands within an action: pipelines, commands and operands. Knows which variables are in scope. */
export class ExpressionParser {
  readonly stream: TokenStream;
  /** The variables in scope, innermost last. Control structures cut it back when they end. */
  variables: string[] = ['$'];
  private readonly functions: ReadonlySet<string>;
  private nesting = 0;

  constructor(stream: TokenStream, functions: ReadonlySet<string>) {
    this.stream = stream;
    this.functions = functions;
  }

  /** A pipeline with its declarations, up to and including the `end` token. */
  pipeline(context: string, end: TokenType): PipeNode {
    const position = this.stream.peekNonSpace().position;
    const variables: VariableNode[] = [];
    const assign = this.declarations(context, variables);
    const commands: CommandNode[] = [];
    for (;;) {
      const mark = this.stream.mark();
      const token = this.stream.nextNonSpace();
      if (token.type === end) break;
      if (!OPERANDS.has(token.type)) throw this.stream.unexpected(token, context);
      this.stream.rewind(mark);
      commands.push(this.command());
    }
    this.checkPipeline(commands, context);
    return { type: 'pipe', position, assign, variables, commands };
  }

  /** Reads `$x :=`, `$x =` or, in range, `$i, $x :=`. True for an assignment. */
  private declarations(context: string, into: VariableNode[]): boolean {
    const mark = this.stream.mark();
    const token = this.stream.peekNonSpace();
    if (token.type !== 'variable') return false;
    this.stream.next();
    const after = this.stream.peekNonSpace();
    if (after.type === 'assign' || after.type === 'declare') {
      this.stream.next();
      this.introduce(token, into);
      return after.type === 'assign';
    }
    if (after.type !== 'char' || after.text !== ',') {
      this.stream.rewind(mark);
      return false;
    }
    this.stream.next();
    this.introduce(token, into);
    if (context !== 'range' || into.length >= 2) throw this.stream.error(`too many declarations in ${context}`);
    if (!['variable', 'rightDelim', 'rightParen'].includes(this.stream.peekNonSpace().type)) {
      throw this.stream.error('range can only initialize variables');
    }
    return this.declarations(context, into);
  }

  private introduce(token: Token, into: VariableNode[]): void {
    into.push({ type: 'variable', position: token.position, idents: [token.text] });
    this.variables.push(token.text);
  }

  private checkPipeline(commands: readonly CommandNode[], context: string): void {
    if (commands.length === 0) throw this.stream.error(`missing value for ${context}`);
    for (const [index, command] of commands.entries()) {
      const type = command.args[0]?.type;
      if (index > 0 && type !== undefined && ['bool', 'dot', 'nil', 'number', 'string'].includes(type)) {
        throw this.stream.error(`non executable command in pipeline stage ${index + 1}`);
      }
    }
  }

  private command(): CommandNode {
    const position = this.stream.peekNonSpace().position;
    const args: Operand[] = [];
    for (;;) {
      this.stream.peekNonSpace();
      const operand = this.operand();
      if (operand !== undefined) args.push(operand);
      const mark = this.stream.mark();
      const token = this.stream.next();
      if (token.type === 'space') continue;
      if (token.type === 'rightDelim' || token.type === 'rightParen') this.stream.rewind(mark);
      else if (token.type !== 'pipe') throw this.stream.unexpected(token, 'operand');
      break;
    }
    if (args.length === 0) throw this.stream.error('empty command');
    return { type: 'command', position, args };
  }

  /** A term and the fields taken from it. Undefined when the next token starts no operand. */
  private operand(): Operand | undefined {
    const node = this.term();
    if (node === undefined || this.stream.peek().type !== 'field') return node;
    const position = this.stream.peek().position;
    const fields: string[] = [];
    while (this.stream.peek().type === 'field') fields.push(this.stream.next().text.slice(1));
    switch (node.type) {
      case 'field':
      case 'variable':
        // Go places a chain where its second part begins; error columns show it.
        return { ...node, position, idents: [...node.idents, ...fields] };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        throw this.stream.error(`unexpected . after term ${JSON.stringify(write(node))}`);
      default:
        return { type: 'chain', position, node, fields };
    }
  }

  private term(): Operand | undefined {
    const mark = this.stream.mark();
    const token = this.stream.nextNonSpace();
    const { position, text } = token;
    switch (token.type) {
      case 'identifier':
        if (!this.functions.has(text)) throw this.stream.error(`function ${JSON.stringify(text)} not defined`);
        return { type: 'identifier', position, name: text };
      case 'dot':
      case 'nil':
      case 'bool':
        return { type: token.type, position, text };
      case 'variable':
        if (!this.variables.includes(text)) throw this.stream.error(`undefined variable ${JSON.stringify(text)}`);
        return { type: 'variable', position, idents: [text] };
      case 'field':
        return { type: 'field', position, idents: [text.slice(1)] };
      case 'charConstant':
      case 'complex':
      case 'number':
        return this.number(token);
      case 'leftParen':
        return this.parenthesized();
      case 'string':
      case 'rawString':
        return { type: 'string', position, quoted: text, text: this.text(token) };
      default:
        this.stream.rewind(mark);
        return undefined;
    }
  }

  private number(token: Token): Operand {
    const parsed = parseNumber(token.text, token.position);
    if ('problem' in parsed) throw this.stream.error(parsed.problem);
    return parsed.node;
  }

  private parenthesized(): PipeNode {
    if (++this.nesting > LIMITS.nesting) throw this.stream.error('expression is nested too deeply');
    const pipe = this.pipeline('parenthesized pipeline', 'rightParen');
    this.nesting--;
    return pipe;
  }

  /** The text of a string literal. */
  text(token: Token): string {
    const text = goUnquote(token.text);
    if (text === undefined) throw this.stream.error('invalid syntax');
    return text;
  }
}
