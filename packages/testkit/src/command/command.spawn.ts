import { type ChildProcess, spawn } from 'node:child_process';
import { errnoOf } from '@wharf/kit';
import { fail } from '../errors.ts';
import { eventually } from '../eventually.ts';

/** How a command of a test is run. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. Without it standard input is /dev/null; 'open' keeps a pipe open. */
  readonly input?: string | Buffer;
  readonly keepInputOpen?: boolean;
  /** After this many milliseconds the command is killed and `timedOut` is set; default 30 s. */
  readonly timeout?: number;
}

/** What a command did. `code` is 128 + signal number where a signal ended it, as a shell reports it. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15, SIGPIPE: 13 };

/** A command that runs while the test goes on. */
export class RunningCommand {
  readonly pid: number;
  readonly exited: Promise<CommandResult>;
  readonly #child: ChildProcess;
  #stdout: Buffer[] = [];
  #stderr: Buffer[] = [];
  #timedOut = false;

  constructor(argv: readonly string[], options: CommandOptions) {
    const [program = '', ...args] = argv;
    const piped = options.input !== undefined || options.keepInputOpen === true;
    this.#child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      // A process group of its own, so that a timeout ends everything that the command has started.
      detached: true,
      stdio: [piped ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    this.pid = this.#child.pid ?? -1;
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#stdout.push(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    // A program that ends without reading its input is no failure of the test.
    this.#child.stdin?.on('error', () => {});
    if (options.input !== undefined) this.#child.stdin?.end(options.input);
    this.exited = this.#watch(options.timeout ?? 30_000);
  }

  get stdout(): string {
    return Buffer.concat(this.#stdout).toString();
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString();
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until standard output holds `text` or matches it. */
  async waitForOutput(text: string | RegExp, within = 15_000): Promise<void> {
    const found = (): boolean => (typeof text === 'string' ? this.stdout.includes(text) : text.test(this.stdout));
    let over = false;
    const ended = this.exited.then(({ code }) => {
      over = true;
      if (!found())
        throw fail(
          'TEST_COMMAND_FAILED',
          `ended with ${code} without ${String(text)}:\n${this.stdout}\n${this.stderr}`,
        );
    });
    const appeared = eventually(() => over || found(), { within });
    // Only the first of the two is waited for.
    for (const promise of [ended, appeared]) promise.catch(() => {});
    await Promise.race([ended, appeared]).catch((error: unknown) => {
      throw fail('TEST_COMMAND_FAILED', `no ${String(text)} in the output: ${this.stdout}\n${this.stderr}`, {
        cause: error,
      });
    });
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }

  #watch(timeout: number): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#timedOut = true;
        this.#killGroup();
      }, timeout);
      this.#child.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      this.#child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve({
          code: code ?? 128 + (SIGNALS[signal ?? ''] ?? 0),
          stdout: this.stdout,
          stderr: this.stderr,
          timedOut: this.#timedOut,
        });
      });
    });
  }
}

/** Runs a command to its end; never rejects for what the command does, only when it cannot be started. */
export function runCommand(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new RunningCommand(argv, options).exited;
}
