import { spawn, spawnSync } from 'node:child_process';
import { root } from './tree.ts';

/** How a program ended, with everything it wrote (both streams, in order of arrival). */
export interface Outcome {
  readonly ok: boolean;
  /** Exit code, or undefined when a signal or a missing program ended it. */
  readonly code: number | undefined;
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which the program and all its children are killed. */
  readonly timeout?: number;
}

/** Runs a short program and waits for it. */
export function commandSync(program: string, args: readonly string[], options: CommandOptions = {}): Outcome {
  const result = spawnSync(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`;
  return { ok: result.status === 0, code: result.status ?? undefined, output };
}

/** How long a program's output is read after its end, in milliseconds. */
const PIPES_MS = 1000;

/** Runs a program in its own process group, so that a timeout leaves nothing of it behind. */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const chunks: string[] = [];
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const killGroup = () => {
      chunks.push(`\nkilled after ${(options.timeout ?? 0) / 1000} s\n`);
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    const timer = options.timeout === undefined ? undefined : setTimeout(killGroup, options.timeout);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    }
    const done = (code: number | null) => resolve({ ok: code === 0, code: code ?? undefined, output: chunks.join('') });
    child.on('error', (error) => {
      clearTimeout(timer);
      chunks.push(`${error.message}\n`);
      done(null);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      done(code);
    });
    // A daemon that the program left behind may hold its pipes open for ever: then 'close' never comes by itself.
    child.on('exit', () => {
      const patience = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, PIPES_MS);
      child.on('close', () => clearTimeout(patience));
    });
  });
}
