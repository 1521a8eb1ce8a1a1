import { spawn } from 'node:child_process';
import type { Hook } from '../config/hooks.ts';
import { fail } from '../errors.ts';

const MAX_OUTPUT = 64 * 1024;

/** Runs one program with the text on standard input. `before` are the words of another program that executes it. */
function runHook(hook: Hook, before: readonly string[], input: string, cwd: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const [program = '', ...words] = before;
  const env = Object.fromEntries(
    hook.env.map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]),
  );
  const child =
    program === ''
      ? spawn(hook.path, hook.args.slice(1), {
          argv0: hook.args[0] ?? hook.path,
          env,
          cwd,
          stdio: ['pipe', 'pipe', 'pipe'],
        })
      : spawn(program, [...words, hook.path, ...hook.args.slice(1)], { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const take = (chunk: Buffer) => {
    if (output.length < MAX_OUTPUT) output += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const timer = hook.timeout === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), hook.timeout);
  const lost = (why: string) => reject(fail('OCI_HOOK', `error running hook: ${why}`));
  child.once('error', (error) => lost(`${hook.path}: ${error.message}`));
  child.once('close', (code, signal) => {
    clearTimeout(timer);
    if (code === 0) resolve();
    else lost(`${signal === null ? `exit status ${code}` : `signal: ${signal}`}, stdout: ${output.trimEnd()}`);
  });
  child.stdin.on('error', () => {}); // a hook need not read it
  child.stdin.end(input);
  return promise;
}

/**
 * Runs hooks one after the other with the container's state on standard input. With `inside`, a process ID, each joins
 * that process's namespaces first (by util-linux's nsenter): all of them for startContainer, the mounts for
 * createContainer. Throws OCI_HOOK at the first that fails.
 */
export async function runHooks(
  hooks: readonly Hook[],
  input: string,
  place: { readonly cwd: string; readonly inside?: { readonly pid: number; readonly all: boolean } },
): Promise<void> {
  for (const hook of hooks) {
    const { inside } = place;
    const namespaces = inside?.all ? ['-a', '-r', '-w'] : ['-m', '-u', '-i', '-n'];
    const before = inside ? ['/usr/bin/nsenter', '-t', String(inside.pid), ...namespaces, '--'] : [];
    await runHook(hook, before, input, inside?.all ? '/' : place.cwd);
  }
}
