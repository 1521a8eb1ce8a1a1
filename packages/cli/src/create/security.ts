import { messageOf } from '@wharf/kit';
import { openProblem, refuse } from './refuse.ts';

/** A JSON text without the blanks between its tokens. Throws SyntaxError. */
export function compactJson(text: string): string {
  JSON.parse(text);
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string: string | undefined) => string ?? '');
}

function readProfile(path: string, readText: (path: string) => Buffer): string {
  let text: string;
  try {
    text = readText(path).toString('utf8');
  } catch (cause) {
    throw refuse(`opening seccomp profile (${path}) failed: ${openProblem(path, cause)}`);
  }
  try {
    return compactJson(text);
  } catch (cause) {
    throw refuse(`compacting json for seccomp profile (${path}) failed: ${messageOf(cause)}`);
  }
}

export interface SecurityOptions {
  readonly options: string[] | null;
  readonly maskedPaths: string[] | null;
  readonly readonlyPaths: string[] | null;
}

/**
 * `--security-opt` values: `name=value` or `name:value`; only no-new-privileges may stand alone. A seccomp profile is
 * read here and its content sent, since the engine may be elsewhere.
 */
export function collectSecurity(given: readonly string[], readText: (path: string) => Buffer): SecurityOptions {
  const options = given.map((option) => {
    const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':');
    const [key, value] = at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)];
    if (value === '' && key !== 'no-new-privileges') {
      throw refuse(`Invalid --security-opt: ${JSON.stringify(option)}`);
    }
    if (key !== 'seccomp' || value === 'unconfined' || value === 'builtin') return option;
    return `seccomp=${readProfile(value, readText)}`;
  });
  const open = options.includes('systempaths=unconfined');
  const rest = options.filter((option) => option !== 'systempaths=unconfined');
  return {
    options: options.length > 0 ? rest : null,
    maskedPaths: open ? [] : null,
    readonlyPaths: open ? [] : null,
  };
}
