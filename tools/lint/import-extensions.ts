import type { Node, Rule } from './rule.ts';

const MESSAGE = "Write the file's extension: './name.ts'.";

/** Relative imports name the file as it is on disk, because Node runs the sources directly. */
export const importExtensions: Rule = {
  create: (context) => {
    const check = (node: Node) => {
      const path = node.source?.value;
      if (typeof path === 'string' && path.startsWith('.') && !/\.(ts|json)$/.test(path)) {
        context.report({ node, message: MESSAGE });
      }
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};
