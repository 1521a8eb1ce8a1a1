import type { Rule } from './rule.ts';

const MESSAGE = 'Set process.exitCode and let the event loop drain: process.exit() loses output and can hang Node 26.';

/** Bans every mention of `process.exit`, called or not. */
export const noProcessExit: Rule = {
  create: (context) => ({
    MemberExpression(node) {
      const named = !node.computed && node.property?.name === 'exit';
      if (named && node.object?.type === 'Identifier' && node.object.name === 'process') {
        context.report({ node, message: MESSAGE });
      }
    },
  }),
};
