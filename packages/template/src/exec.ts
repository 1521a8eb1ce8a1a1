import { type CallSite, callFunction } from './call.ts';
import { elements, untypedNumber } from './elements.ts';
import { fail } from './errors.ts';
import { fieldOf } from './fields.ts';
import { LIMITS } from './limits.ts';
import { locate } from './location.ts';
import {
  type BranchNode,
  type CommandNode,
  type ListNode,
  type Node,
  type Operand,
  type PipeNode,
  type StatementNode,
  type TemplateNode,
  write,
} from './nodes.ts';
import type { ParsedTemplate } from './parser.ts';
import { printed } from './print.ts';
import { bool, string } from './types.ts';
import { type GoFunction, INVALID, indirect, isTrue, unwrapInterface, type Value } from './value.ts';

/** What happens on a map key that is not there: nothing (prints `<no value>`) or an error. */
export type MissingKey = 'default' | 'error';

/** What one execution needs beside the template and its data. */
export interface ExecuteOptions {
  readonly functions: ReadonlyMap<string, GoFunction>;
  readonly missingKey?: MissingKey;
  /** Tighter bounds than those of every template. */
  readonly limits?: { readonly loops: number; readonly output: number };
  /** Receives what is printed, piece by piece: what was printed before an error is in it. */
  readonly out?: string[];
}

/** Runs the template on the data and returns what it printed. @throws TEMPLATE_EXECUTION with Go's message */
export function executeTemplate(template: ParsedTemplate, data: Value, options: ExecuteOptions): string {
  const run: Run = { template, options, out: options.out ?? [], length: 0, loops: 0 };
  const root = template.trees.get(template.name);
  if (root !== undefined) new Executor(run, template.name, data, 0).list(data, root);
  return run.out.join('');
}

/** One execution's state, shared by the templates that call each other. */
interface Run {
  readonly template: ParsedTemplate;
  readonly options: ExecuteOptions;
  readonly out: string[];
  length: number;
  loops: number;
}

/** How a statement ended: on, or by leaving or continuing the innermost range. */
type Flow = 'break' | 'continue' | undefined;

class Executor {
  private readonly run: Run;
  private readonly name: string;
  private readonly depth: number;
  private readonly variables: { name: string; value: Value }[];
  private node: Node | undefined;

  constructor(run: Run, name: string, dot: Value, depth: number) {
    this.run = run;
    this.name = name;
    this.depth = depth;
    this.variables = [{ name: '$', value: dot }];
  }

  list(dot: Value, list: ListNode): Flow {
    for (const node of list.nodes) {
      const flow = this.statement(dot, node);
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  private statement(dot: Value, node: StatementNode): Flow {
    this.node = node;
    switch (node.type) {
      case 'text':
        this.print(node.text);
        return undefined;
      case 'action':
        this.action(dot, node.pipe);
        return undefined;
      case 'break':
      case 'continue':
        return node.type;
      case 'range':
        return this.range(dot, node);
      case 'if':
      case 'with':
        return this.branch(dot, node);
      case 'template':
        this.invoke(dot, node);
        return undefined;
      default:
        throw this.error(`unknown node: ${write(node)}`);
    }
  }

  private print(text: string): void {
    this.run.length += text.length;
    if (this.run.length > (this.run.options.limits?.output ?? LIMITS.output))
      throw fail('TEMPLATE_LIMIT', 'the output of the template is too large');
    this.run.out.push(text);
  }

  private action(dot: Value, pipe: PipeNode): void {
    const value = this.pipeline(dot, pipe);
    if (pipe.variables.length > 0) return;
    this.node = pipe;
    if (value.kind === 'func') throw this.error(`can't print ${write(pipe)} of type ${value.type.name}`);
    this.print(printed(value));
  }

  private branch(dot: Value, node: BranchNode): Flow {
    const mark = this.variables.length;
    const value = this.pipeline(dot, node.pipe);
    let flow: Flow;
    if (isTrue(unwrapInterface(value))) flow = this.list(node.type === 'with' ? value : dot, node.body);
    else if (node.otherwise !== undefined) flow = this.list(dot, node.otherwise);
    this.variables.length = mark;
    return flow;
  }

  private range(dot: Value, node: BranchNode): Flow {
    const mark = this.variables.length;
    const over = indirect(this.pipeline(dot, node.pipe));
    const inner = this.variables.length;
    let flow: Flow;
    let passed = false;
    for (const [key, element] of elements(over.value, (message) => this.error(message))) {
      passed = true;
      if (++this.run.loops > (this.run.options.limits?.loops ?? LIMITS.loops))
        throw this.error('range runs for too long');
      this.setLoopVariables(node.pipe, key, element, inner);
      const ended = this.list(element, node.body);
      this.variables.length = inner;
      if (ended === 'break') break;
    }
    if (!passed && node.otherwise !== undefined) flow = this.list(dot, node.otherwise);
    this.variables.length = mark;
    return flow;
  }

  private setLoopVariables(pipe: PipeNode, key: Value, element: Value, top: number): void {
    const count = pipe.variables.length;
    const set = (name: string | undefined, slot: number, value: Value): void => {
      if (name === undefined) return;
      if (pipe.assign) this.assign(name, value);
      else this.variables[top - slot] = { name, value };
    };
    // One variable takes the element; of two, the first takes the key.
    set(pipe.variables[count - 1]?.idents[0], 1, element);
    if (count > 1) set(pipe.variables[0]?.idents[0], 2, key);
  }

  private invoke(dot: Value, node: TemplateNode): void {
    const list = this.run.template.trees.get(node.name);
    if (list === undefined) throw this.error(`template ${JSON.stringify(node.name)} not defined`);
    if (this.depth >= LIMITS.depth) throw this.error(`exceeded maximum template depth (${LIMITS.depth})`);
    const value = node.pipe === undefined ? INVALID : this.pipeline(dot, node.pipe);
    new Executor(this.run, node.name, value, this.depth + 1).list(value, list);
  }

  private assign(name: string, value: Value): void {
    const variable = this.variables.findLast((each) => each.name === name);
    if (variable === undefined) throw this.error(`undefined variable: ${name}`);
    variable.value = value;
  }

  private pipeline(dot: Value, pipe: PipeNode): Value {
    this.node = pipe;
    let value: Value | undefined;
    for (const command of pipe.commands) value = unwrapInterface(this.command(dot, command, value));
    const result = value ?? INVALID;
    for (const variable of pipe.variables) {
      const name = variable.idents[0] ?? '';
      if (pipe.assign) this.assign(name, result);
      else this.variables.push({ name, value: result });
    }
    return result;
  }

  private command(dot: Value, command: CommandNode, final: Value | undefined): Value {
    const first = command.args[0];
    if (first === undefined) throw this.error('empty command');
    switch (first.type) {
      case 'field':
      case 'chain':
      case 'variable':
        return this.chain(dot, first, command.args, final);
      case 'identifier':
        return this.function(dot, first.name, first, command, command.args, final);
      case 'pipe':
        this.refuseArguments(command.args, final);
        return this.pipeline(dot, first);
      default:
        this.node = first;
        this.refuseArguments(command.args, final);
        if (first.type === 'nil') throw this.error('nil is not a command');
        return this.literal(dot, first);
    }
  }

  private refuseArguments(args: readonly Operand[], final: Value | undefined): void {
    const first = args[0];
    if (first !== undefined && (args.length > 1 || final !== undefined)) {
      throw this.error(`can't give argument to non-function ${write(first)}`);
    }
  }

  /** Walks fields from the dot, a variable or an expression. The last may be a method, which gets the arguments. */
  private chain(dot: Value, node: Operand, args: readonly Operand[], final: Value | undefined): Value {
    this.node = node;
    let receiver = dot;
    let idents: readonly string[] = [];
    if (node.type === 'field') idents = node.idents;
    else if (node.type === 'variable') {
      receiver = this.variable(node.idents[0] ?? '');
      idents = node.idents.slice(1);
      if (idents.length === 0) this.refuseArguments(args, final);
    } else if (node.type === 'chain') {
      if (node.node.type === 'nil') throw this.error(`indirection through explicit nil in ${write(node)}`);
      receiver = this.operand(dot, node.node);
      idents = node.fields;
    }
    for (const [index, ident] of idents.entries()) {
      const last = index === idents.length - 1;
      const site: CallSite = { ...this.site(dot, node, ident, last ? args.slice(1) : []) };
      receiver = fieldOf(receiver, ident, last ? { ...site, final } : site, this.run.options.missingKey ?? 'default');
    }
    return receiver;
  }

  private variable(name: string): Value {
    const variable = this.variables.findLast((each) => each.name === name);
    if (variable === undefined) throw this.error(`undefined variable: ${name}`);
    return variable.value;
  }

  private function(
    dot: Value,
    name: string,
    node: Operand,
    whole: Node,
    args: readonly Operand[],
    final: Value | undefined,
  ): Value {
    this.node = node;
    const fn = this.run.options.functions.get(name);
    if (fn === undefined) throw this.error(`${JSON.stringify(name)} is not a defined function`);
    return callFunction(fn, { ...this.site(dot, whole, name, args.slice(1)), final });
  }

  private site(dot: Value, node: Node, name: string, args: readonly Operand[]): CallSite {
    return {
      name,
      args,
      final: undefined,
      evaluate: (operand) => this.operand(dot, operand),
      at: (where) => {
        this.node = where;
      },
      whole: node,
      error: (message, cause) => this.error(message, cause),
    };
  }

  /** The value of an operand. */
  private operand(dot: Value, node: Operand): Value {
    this.node = node;
    switch (node.type) {
      case 'field':
      case 'chain':
      case 'variable':
        return this.chain(dot, node, [node], undefined);
      case 'pipe':
        return this.pipeline(dot, node);
      case 'identifier':
        return this.function(dot, node.name, node, node, [node], undefined);
      case 'nil':
        return INVALID;
      default:
        return this.literal(dot, node);
    }
  }

  private literal(dot: Value, node: Operand): Value {
    switch (node.type) {
      case 'dot':
        return dot;
      case 'bool':
        return bool(node.text === 'true');
      case 'string':
        return string(node.text);
      case 'number':
        return untypedNumber(node, (message) => this.error(message));
      default:
        throw this.error(`can't evaluate command ${JSON.stringify(write(node))}`);
    }
  }

  private error(message: string, cause?: unknown): Error {
    const where = { template: this.run.template, running: this.name, node: this.node };
    return fail('TEMPLATE_EXECUTION', locate(where, message), cause === undefined ? {} : { cause });
  }
}
