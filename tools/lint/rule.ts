/** The small part of the syntax tree (ESTree) that the rules look at. */
export interface Node {
  readonly type: string;
  readonly name?: string;
  readonly kind?: string;
  readonly value?: unknown;
  readonly computed?: boolean;
  readonly callee?: Node;
  readonly object?: Node;
  readonly property?: Node;
  readonly argument?: Node | null;
  readonly source?: Node | null;
  readonly declaration?: Node | null;
  readonly body?: readonly Node[];
}

export interface RuleContext {
  report(problem: { node: Node; message: string }): void;
}

/** A lint rule: one visitor per kind of node, as in ESLint. */
export interface Rule {
  create(context: RuleContext): Readonly<Record<string, (node: Node) => void>>;
}
