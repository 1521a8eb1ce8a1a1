import { isAbsolute } from 'node:path';
import { HOOK_KINDS, type Hook, type Hooks } from '@wharf/runtime';
import { fail } from '../errors.ts';
import type { Json } from './json.ts';

function readHook(value: Json): Hook {
  const path = value.at('path').text() ?? '';
  if (!isAbsolute(path)) throw fail('OCI_CONFIG', `the path of a hook has to be absolute: ${JSON.stringify(path)}`);
  const [args, seconds] = [value.at('args').strings(), value.at('timeout').number()];
  if (seconds !== undefined && seconds <= 0) throw fail('OCI_CONFIG', 'the timeout of a hook has to be positive');
  const timeout = seconds === undefined ? undefined : seconds * 1000;
  return { path, args: args.length > 0 ? args : [path], env: value.at('env').strings(), timeout };
}

/** Throws OCI_CONFIG. */
export function readHooks(value: Json): Hooks {
  const lists = HOOK_KINDS.map((kind) => [kind, value.at(kind).items().map(readHook)] as const);
  return Object.fromEntries(lists) as unknown as Hooks;
}
