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
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ ok: false, code: undefined, output: `${chunks.join('')}${error.message}\n` });
    });
    // 'exit', not 'close': a daemon that a test left behind may hold the pipes open for ever.
    child.on('exit', (code) => {
      clearTimeout(timer);
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ ok: code === 0, code: code ?? undefined, output: chunks.join('') });
      });
    });
  });
}
