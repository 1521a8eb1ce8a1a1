import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './real-docker.spawn.ts';

/** A program that can run the client's sources. */
export interface Runtime {
  readonly name: string;
  readonly program: string;
}

const ROOT = join(import.meta.dirname, '../../../..');
const MAIN = join(import.meta.dirname, '../main.ts');
const BUN = join(ROOT, `node_modules/@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`);

/** Node, and Bun where it is installed: the released client is compiled by it. */
export const runtimes: readonly Runtime[] = [
  { name: 'node', program: process.execPath },
  ...(existsSync(BUN) ? [{ name: 'bun', program: BUN }] : []),
];

export interface WharfOptions {
  readonly host: string;
  /** Written to its input, which is then closed; without it the input is empty. */
  readonly input?: string;
  /** Called once it runs. */
  onStart?(child: ChildProcess): void;
  /** Called with all of its output so far whenever there is more. */
  onOutput?(text: string, child: ChildProcess): void;
  /** Run it in a terminal of 30 rows and 90 columns, which `script` makes. Both outputs are then one. */
  readonly terminal?: boolean;
}

const LIMIT_MS = 20_000;

function quote(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

/** Runs the client as a process of its own. The exit status of one that a signal ended is -1. */
export function runProcess(runtime: Runtime, args: readonly string[], options: WharfOptions): Promise<Outcome> {
  const words = [runtime.program, ...(runtime.name === 'node' ? ['--'] : []), MAIN, ...args];
  const inTerminal = `stty rows 30 cols 90; ${quote(words)}; status=$?; stty -a | grep -o -- '-\\?icanon'; exit $status`;
  const argv = options.terminal ? ['script', '-qefc', inTerminal, '/dev/null'] : words;
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DOCKER_HOST: options.host, TERM: 'xterm' };
  const child = spawn(argv[0] ?? '', argv.slice(1), { env, stdio: 'pipe' });
  if (options.input !== undefined) child.stdin.write(options.input);
  if (!options.terminal) child.stdin.end();
  child.stdin.on('error', () => {});
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      texts[name] += chunk.toString();
      options.onOutput?.(texts.stdout + texts.stderr, child);
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  child.once('spawn', () => options.onStart?.(child));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ ...texts, code: code ?? -1 });
    });
  });
}
