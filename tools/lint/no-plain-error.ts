import type { Node, Rule } from './rule.ts';

const MESSAGE =
  "Throw an error of the package's table: throw fail('CODE', 'message', { cause }) (see defineErrors in @wharf/kit).";

function isPlainError(node: Node | null | undefined): boolean {
  const made = node?.type === 'NewExpression' || node?.type === 'CallExpression';
  return made && node.callee?.type === 'Identifier' && node.callee.name === 'Error';
}

/** Bans `throw new Error(…)`: a caller can tell failures apart only by their kind and code. */
export const noPlainError: Rule = {
  create: (context) => ({
    ThrowStatement(node) {
      if (isPlainError(node.argument)) context.report({ node, message: MESSAGE });
    },
  }),
};
