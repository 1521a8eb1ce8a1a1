import type { Program } from '@wharf/linux';
import type { Hooks } from './hook.ts';
import { runHooks } from './run-hooks.spawn.ts';

/** A container that is being made, as its hooks see it. */
export interface HookedStart {
  readonly hooks: Hooks;
  /** The document that hooks get (runtime-spec, runtime.md, "State"). */
  readonly state: string;
  /** Directory with the config.json, whose `root.path` is where the root is mounted now. */
  readonly bundle: string;
  /** On the host. */
  readonly pid: number;
  /** The container is in a user namespace that is not ours. */
  readonly user: boolean;
  /** Runs the startContainer hooks; absent where that comes later. */
  readonly startHooks?: () => Promise<void>;
}

/**
 * Performs a container's program with the hooks of its making: when all is mounted, and before its root is the root. Those
 * of the runtime run in our namespaces, those of the container in its own; then those of its start. Throws HOOK_FAILED and what `perform` throws.
 */
export async function performWithHooks(
  program: Program,
  { hooks, state, bundle, pid, user, startHooks }: HookedStart,
  perform: (part: Program) => Promise<void>,
): Promise<void> {
  const at = program.findIndex(({ op }) => op.op === 'PIVOT');
  await perform(program.slice(0, at));
  await runHooks(hooks, 'prestart', state, { cwd: bundle });
  await runHooks(hooks, 'createRuntime', state, { cwd: bundle });
  await runHooks(hooks, 'createContainer', state, { cwd: bundle, inside: { pid, user } });
  if (!startHooks || hooks.startContainer.length === 0) return await perform(program.slice(at));
  await perform(program.slice(at, at + 1));
  await startHooks();
  await perform(program.slice(at + 1));
}
