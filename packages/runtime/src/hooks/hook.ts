import type { OciHook } from '@wharf/spec';

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
  /** With the program's own name. */
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Milliseconds. */
  readonly timeout: number | undefined;
}

export type Hooks = Readonly<Record<HookKind, readonly Hook[]>>;

/** The hooks of a configuration. `patience`: how long one may take that does not say (milliseconds). */
export function hooksOf(config: Readonly<Record<string, readonly OciHook[]>> = {}, patience?: number): Hooks {
  const lists = HOOK_KINDS.map((kind) => [kind, (config[kind] ?? []).map((hook) => hookOf(hook, patience))] as const);
  return Object.fromEntries(lists) as unknown as Hooks;
}

function hookOf({ path, args = [], env = [], timeout }: OciHook, patience: number | undefined): Hook {
  const limit = timeout !== undefined && timeout > 0 ? timeout * 1000 : patience;
  return { path, args: args.length > 0 ? args : [path], env, timeout: limit };
}
