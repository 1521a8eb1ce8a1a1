/** The house's own lint rules, loaded by oxlint (.oxlintrc.json). Every message names what to do instead. */
import { importExtensions } from './import-extensions.ts';
import { noModuleState } from './no-module-state.ts';
import { noPlainError } from './no-plain-error.ts';
import { noProcessExit } from './no-process-exit.ts';

export default {
  meta: { name: 'wharf' },
  rules: {
    'import-extensions': importExtensions,
    'no-module-state': noModuleState,
    'no-plain-error': noPlainError,
    'no-process-exit': noProcessExit,
  },
};
