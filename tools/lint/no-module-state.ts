import type { Node, Rule } from './rule.ts';

const MESSAGE = 'Keep state in an object that the composition root makes; a module-level let is shared by all users.';

/** Bans `let` and `var` at the top level of a module. */
export const noModuleState: Rule = {
  create: (context) => ({
    Program(program) {
      for (const statement of program.body ?? []) {
        const node: Node = statement.declaration ?? statement;
        if (node.type === 'VariableDeclaration' && (node.kind === 'let' || node.kind === 'var')) {
          context.report({ node, message: MESSAGE });
        }
      }
    },
  }),
};
