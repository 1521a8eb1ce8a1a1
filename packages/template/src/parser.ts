import { fail } from './errors.ts';
import { ExpressionParser } from './expressions.ts';
import type { Token } from './lexer.ts';
import { LIMITS } from './limits.ts';
import {
  type BranchNode,
  type JumpNode,
  type ListNode,
  type PipeNode,
  type StatementNode,
  type TemplateNode,
  write,
} from './nodes.ts';
import { TokenStream } from './token-stream.ts';

/** A parsed template: its own body under its name, and every template that it defines. */
export interface ParsedTemplate {
  readonly name: string;
  readonly source: string;
  readonly trees: ReadonlyMap<string, ListNode>;
}

/**
 * Parses a template in the language of Go's text/template. `functions` are the names it may call.
 * @throws TEMPLATE_SYNTAX with Go's message: `template: <name>:<line>: …`
 */
export function parseTemplate(name: string, source: string, functions: ReadonlySet<string>): ParsedTemplate {
  if (source.length > LIMITS.source) throw fail('TEMPLATE_LIMIT', `template: ${name}: the template is too large`);
  const stream = new TokenStream(name, source);
  const trees = new Map<string, ListNode>();
  new Parser(stream, functions, trees).whole(name);
  return { name, source, trees };
}

/** Parses text and control structures. Each defined template gets its own, with its own variables. */
class Parser {
  private readonly stream: TokenStream;
  private readonly functions: ReadonlySet<string>;
  private readonly trees: Map<string, ListNode>;
  private readonly expressions: ExpressionParser;
  private rangeDepth = 0;
  private nesting: number;

  constructor(stream: TokenStream, functions: ReadonlySet<string>, trees: Map<string, ListNode>, nesting = 0) {
    this.stream = stream;
    this.functions = functions;
    this.trees = trees;
    this.expressions = new ExpressionParser(stream, functions);
    this.nesting = nesting;
  }

  /** The whole text: statements and, only at this level, `{{define}}`. */
  whole(name: string): void {
    const nodes: StatementNode[] = [];
    const position = this.stream.peek().position;
    while (this.stream.peek().type !== 'eof') {
      if (this.definition()) continue;
      const node = this.textOrAction();
      if (node.type === 'end' || node.type === 'else') throw this.stream.error(`unexpected ${write(node)}`);
      nodes.push(node);
    }
    this.add(name, { type: 'list', position, nodes });
  }

  private definition(): boolean {
    const mark = this.stream.mark();
    if (this.stream.next().type === 'leftDelim') {
      const token = this.stream.nextNonSpace();
      if (token.type === 'keyword' && token.text === 'define') {
        const name = this.expressions.text(this.stream.expect(['string', 'rawString'], 'define clause'));
        this.stream.expect(['rightDelim'], 'define clause');
        this.add(name, this.separate('define clause'));
        return true;
      }
    }
    this.stream.rewind(mark);
    return false;
  }

  /** A body that sees none of this one's variables. */
  private separate(context: string): ListNode {
    const parser = new Parser(this.stream, this.functions, this.trees, this.nesting + 1);
    const [list, end] = parser.list();
    if (end.type !== 'end') throw this.stream.error(`unexpected ${write(end)} in ${context}`);
    return list;
  }

  private add(name: string, list: ListNode): void {
    const known = this.trees.get(name);
    if (known === undefined || isBlank(known)) this.trees.set(name, list);
    else if (!isBlank(list)) {
      throw this.stream.error(`template: multiple definition of template ${JSON.stringify(name)}`);
    }
  }

  /** Statements up to the `{{end}}` or `{{else}}` that closes them. */
  private list(): [ListNode, JumpNode] {
    if (++this.nesting > LIMITS.nesting) throw this.stream.error('template is nested too deeply');
    const position = this.stream.peekNonSpace().position;
    const nodes: StatementNode[] = [];
    while (this.stream.peekNonSpace().type !== 'eof') {
      const node = this.textOrAction();
      if (node.type === 'end' || node.type === 'else') {
        this.nesting--;
        return [{ type: 'list', position, nodes }, node];
      }
      nodes.push(node);
    }
    this.stream.next();
    throw this.stream.error('unexpected EOF');
  }

  private textOrAction(): StatementNode {
    const token = this.stream.nextNonSpace();
    if (token.type === 'text') return { type: 'text', position: token.position, text: token.text };
    if (token.type !== 'leftDelim') throw this.stream.unexpected(token, 'input');
    this.stream.actionLine = token.line;
    const node = this.action();
    this.stream.actionLine = 0;
    return node;
  }

  private action(): StatementNode {
    const mark = this.stream.mark();
    const token = this.stream.nextNonSpace();
    if (token.type === 'keyword' && token.text !== 'define') return this.control(token);
    this.stream.rewind(mark);
    const position = this.stream.peekNonSpace().position;
    return { type: 'action', position, pipe: this.expressions.pipeline('command', 'rightDelim') };
  }

  private control(token: Token): StatementNode {
    switch (token.text) {
      case 'if':
      case 'with':
      case 'range':
        return this.branch(token.text);
      case 'end':
        return { type: 'end', position: this.stream.expect(['rightDelim'], 'end').position };
      case 'else':
        return this.otherwise();
      case 'block':
      case 'template':
        return this.invocation(token.text);
      default:
        return this.jump(token);
    }
  }

  private jump(token: Token): JumpNode {
    const word = `{{${token.text}}}`;
    const next = this.stream.nextNonSpace();
    if (next.type !== 'rightDelim') throw this.stream.unexpected(next, word);
    if (this.rangeDepth === 0) throw this.stream.error(`${word} outside {{range}}`);
    return { type: token.text === 'break' ? 'break' : 'continue', position: token.position };
  }

  private otherwise(): JumpNode {
    const next = this.stream.peekNonSpace();
    if (next.type === 'keyword' && (next.text === 'if' || next.text === 'with')) {
      return { type: 'else', position: next.position, followedBy: next.text };
    }
    return { type: 'else', position: this.stream.expect(['rightDelim'], 'else').position };
  }

  private branch(type: 'if' | 'with' | 'range'): BranchNode {
    const scope = this.expressions.variables.length;
    const pipe = this.expressions.pipeline(type, 'rightDelim');
    if (type === 'range') this.rangeDepth++;
    const [body, next] = this.list();
    if (type === 'range') this.rangeDepth--;
    const otherwise = next.type === 'else' ? this.elseList(type, next) : undefined;
    this.expressions.variables.length = scope;
    return { type, position: pipe.position, pipe, body, ...(otherwise === undefined ? {} : { otherwise }) };
  }

  private elseList(type: 'if' | 'with' | 'range', word: JumpNode): ListNode {
    if (word.followedBy !== undefined && word.followedBy === type) {
      // `{{else if b}}…{{end}}` stands for `{{else}}{{if b}}…{{end}}{{end}}`: one end closes both.
      this.stream.nextNonSpace();
      if (++this.nesting > LIMITS.nesting) throw this.stream.error('template is nested too deeply');
      const nested = this.branch(type);
      this.nesting--;
      return { type: 'list', position: word.position, nodes: [nested] };
    }
    const [list, end] = this.list();
    if (end.type !== 'end') throw this.stream.error(`expected end; found ${write(end)}`);
    return list;
  }

  private invocation(type: 'block' | 'template'): TemplateNode {
    const context = `${type} clause`;
    const token = this.stream.nextNonSpace();
    if (token.type !== 'string' && token.type !== 'rawString') throw this.stream.unexpected(token, context);
    const name = this.expressions.text(token);
    const pipe = this.argument(type, context);
    if (type === 'block') this.add(name, this.separate(context));
    return { type: 'template', position: token.position, name, ...(pipe === undefined ? {} : { pipe }) };
  }

  private argument(type: 'block' | 'template', context: string): PipeNode | undefined {
    const mark = this.stream.mark();
    if (type === 'template' && this.stream.nextNonSpace().type === 'rightDelim') return undefined;
    this.stream.rewind(mark);
    return this.expressions.pipeline(context, 'rightDelim');
  }
}

/** Nothing but white space: such a template may be defined again. */
function isBlank(list: ListNode): boolean {
  return list.nodes.every((node) => node.type === 'text' && node.text.trim() === '');
}
