import { isAbsolute } from 'node:path';
import { fail } from '../errors.ts';
import type { Json } from './json.ts';

/** The moments of a container's life, in order (runtime-spec, config.md, "POSIX-platform Hooks"). */
export const HOOK_KINDS = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const;

export type HookKind = (typeof HOOK_KINDS)[number];

/** A program that is to be run at some moment. */
export interface Hook {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Milliseconds. */
  readonly timeout: number | undefined;
}

export type Hooks = Readonly<Record<HookKind, readonly Hook[]>>;

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
