import { type ChildProcess, spawn } from 'node:child_process';
import { kill } from 'node:process';
import { fail } from '../errors.ts';
import type { Hook, HookKind, Hooks } from './hook.ts';

/** What is kept of a hook's output, in characters. */
const MAX_OUTPUT = 64 * 1024;

/** Where hooks run. */
export interface HookPlace {
  readonly cwd: string;
  /**
   * A process whose namespaces they join, all that a container has before its root is its root. `user`: it is in a user
   * namespace that is not ours.
   */
  readonly inside?: { readonly pid: number; readonly user: boolean };
}

/** Words of the program that joins the namespaces: util-linux's nsenter. */
function joining({ inside }: HookPlace): string[] {
  if (!inside) return [];
  const namespaces = [...(inside.user ? ['-U'] : []), '-m', '-u', '-i', '-n'];
  return ['/usr/bin/nsenter', '-t', String(inside.pid), ...namespaces, '--'];
}

function start(hook: Hook, place: HookPlace): ChildProcess {
  const env = Object.fromEntries(
    hook.env.map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]),
  );
  const [program, ...before] = joining(place);
  // A process group of its own: what the hook started ends with it.
  const options = { env, cwd: place.cwd, stdio: 'pipe', detached: true } as const;
  const words = hook.args.slice(1);
  if (program === undefined) return spawn(hook.path, words, { ...options, argv0: hook.args[0] ?? hook.path });
  return spawn(program, [...before, hook.path, ...words], options);
}

/** Text of a stream as it comes; `text` is bounded. */
function collect(stream: NodeJS.ReadableStream | null): { readonly text: () => string } {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    if (text.length < MAX_OUTPUT) text += chunk.toString().slice(0, MAX_OUTPUT - text.length);
  });
  return { text: () => text.trimEnd() };
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

/** Runs one program with the text on standard input; `lost` is called with what is wrong. */
function runHook(hook: Hook, input: string, place: HookPlace, lost: (why: string) => Error): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = start(hook, place);
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const late = () => {
    endGroup(child);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    reject(lost(`hook ran past specified timeout of ${(hook.timeout ?? 0) / 1000}s`));
  };
  const timer = hook.timeout === undefined ? undefined : setTimeout(late, hook.timeout);
  child.once('error', (error) => {
    clearTimeout(timer);
    reject(lost(`${hook.path}: ${error.message}`));
  });
  child.once('close', (code, signal) => {
    clearTimeout(timer);
    const how = signal === null ? `exit status ${code}` : `signal: ${signal}`;
    if (code === 0) resolve();
    else reject(lost(`${how}, stdout: ${out.text()}, stderr: ${err.text()}`));
  });
  child.stdin?.on('error', () => {}); // a hook need not read it
  child.stdin?.end(input);
  return promise;
}

/**
 * Runs the hooks of a moment, of any but startContainer, one after the other, with the container's state on standard input. Throws HOOK_FAILED, in
 * the words of runc, at the first that fails.
 */
export async function runHooks(hooks: Hooks, kind: HookKind, input: string, place: HookPlace): Promise<void> {
  for (const [at, hook] of hooks[kind].entries()) {
    await runHook(hook, input, place, (why) => fail('HOOK_FAILED', `error running ${kind} hook #${at}: ${why}`));
  }
}
