/** The tree of a parsed template, and how a node is written back in error messages. */

/** A literal number, kept under every type that can hold it, as for Go's untyped constants. */
export interface NumberNode {
  readonly type: 'number';
  readonly position: number;
  readonly text: string;
  readonly int?: bigint;
  readonly uint?: bigint;
  readonly float?: number;
}

export interface PipeNode {
  readonly type: 'pipe';
  readonly position: number;
  readonly assign: boolean;
  readonly variables: readonly VariableNode[];
  readonly commands: readonly CommandNode[];
}

export interface CommandNode {
  readonly type: 'command';
  readonly position: number;
  readonly args: readonly Operand[];
}

export interface VariableNode {
  readonly type: 'variable';
  readonly position: number;
  /** `$x` and the fields after it. */
  readonly idents: readonly string[];
}

export interface FieldNode {
  readonly type: 'field';
  readonly position: number;
  readonly idents: readonly string[];
}

export interface ChainNode {
  readonly type: 'chain';
  readonly position: number;
  readonly node: Operand;
  readonly fields: readonly string[];
}

export interface IdentifierNode {
  readonly type: 'identifier';
  readonly position: number;
  readonly name: string;
}

export interface StringNode {
  readonly type: 'string';
  readonly position: number;
  readonly quoted: string;
  readonly text: string;
}

export interface WordNode {
  readonly type: 'bool' | 'dot' | 'nil';
  readonly position: number;
  readonly text: string;
}

export type Operand =
  | NumberNode
  | PipeNode
  | VariableNode
  | FieldNode
  | ChainNode
  | IdentifierNode
  | StringNode
  | WordNode;

export interface TextNode {
  readonly type: 'text';
  readonly position: number;
  readonly text: string;
}

export interface ActionNode {
  readonly type: 'action';
  readonly position: number;
  readonly pipe: PipeNode;
}

export interface BranchNode {
  readonly type: 'if' | 'with' | 'range';
  readonly position: number;
  readonly pipe: PipeNode;
  readonly body: ListNode;
  readonly otherwise?: ListNode;
}

export interface TemplateNode {
  readonly type: 'template';
  readonly position: number;
  readonly name: string;
  readonly pipe?: PipeNode;
}

export interface JumpNode {
  readonly type: 'break' | 'continue' | 'end' | 'else';
  readonly position: number;
  /** For `else`: the control that follows it directly, as in `{{else if …}}`. */
  readonly followedBy?: 'if' | 'with';
}

export interface ListNode {
  readonly type: 'list';
  readonly position: number;
  readonly nodes: readonly StatementNode[];
}

export type StatementNode = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode;
export type Node = StatementNode | ListNode | CommandNode | Operand;

/** The node as template text. Error messages quote it between `<` and `>`. */
export function write(node: Node): string {
  switch (node.type) {
    case 'text':
    case 'bool':
    case 'dot':
    case 'nil':
    case 'number':
      return node.text;
    case 'string':
      return node.quoted;
    case 'identifier':
      return node.name;
    case 'field':
      return node.idents.map((ident) => `.${ident}`).join('');
    case 'variable':
      return node.idents.join('.');
    case 'chain':
      return writeArgument(node.node) + node.fields.map((field) => `.${field}`).join('');
    case 'command':
      return node.args.map(writeArgument).join(' ');
    case 'pipe':
      return writePipe(node);
    default:
      return writeStatement(node);
  }
}

function writeArgument(node: Operand): string {
  return node.type === 'pipe' ? `(${writePipe(node)})` : write(node);
}

function writePipe(pipe: PipeNode): string {
  const variables = pipe.variables.map(write).join(', ');
  const commands = pipe.commands.map(write).join(' | ');
  return variables === '' ? commands : `${variables} ${pipe.assign ? '=' : ':='} ${commands}`;
}

function writeStatement(node: ListNode | ActionNode | BranchNode | TemplateNode | JumpNode): string {
  switch (node.type) {
    case 'list':
      return node.nodes.map(write).join('');
    case 'action':
      return `{{${writePipe(node.pipe)}}}`;
    case 'template':
      return `{{template ${JSON.stringify(node.name)}${node.pipe === undefined ? '' : ` ${writePipe(node.pipe)}`}}}`;
    case 'break':
    case 'continue':
    case 'end':
    case 'else':
      return `{{${node.type}}}`;
    default: {
      const otherwise = node.otherwise === undefined ? '' : `{{else}}${write(node.otherwise)}`;
      return `{{${node.type} ${writePipe(node.pipe)}}}${write(node.body)}${otherwise}{{end}}`;
    }
  }
}
