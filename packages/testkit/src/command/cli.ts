import { fail } from '../errors.ts';
import { type CommandOptions, type CommandResult, RunningCommand } from './command.spawn.ts';

/** Options of one call of a client; the environment is that of the client, plus `env`. */
export type CliOptions = Omit<CommandOptions, 'env'> & { readonly env?: Readonly<Record<string, string>> };

/** Quotes a word for /bin/sh. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** One of the command lines that speak to the engine under test: ours or the real `docker`. */
export class Cli {
  readonly name: 'wharf' | 'docker';
  readonly #program: readonly string[];
  readonly #env: Readonly<Record<string, string>>;

  constructor(name: 'wharf' | 'docker', program: readonly string[], env: Readonly<Record<string, string>>) {
    this.name = name;
    this.#program = program;
    this.#env = env;
  }

  /** The command line and environment of a call, for callers that run it in their own way. */
  work(args: readonly string[]): { argv: readonly string[]; env: Readonly<Record<string, string>> } {
    return { argv: [...this.#program, ...args], env: this.#env };
  }

  /** Starts a command and gives it while it runs. */
  start(args: readonly string[], options: CliOptions = {}): RunningCommand {
    return new RunningCommand([...this.#program, ...args], { ...options, env: { ...this.#env, ...options.env } });
  }

  /** Runs a command to its end, whatever its exit code. */
  run(args: readonly string[], options: CliOptions = {}): Promise<CommandResult> {
    return this.start(args, options).exited;
  }

  /** Runs a command that must succeed; gives its standard output without the last line end. */
  async ok(args: readonly string[], options: CliOptions = {}): Promise<string> {
    const result = await this.run(args, options);
    if (result.code !== 0) {
      const how = result.timedOut ? 'was killed after its time' : `ended with ${result.code}`;
      throw fail(
        'TEST_COMMAND_FAILED',
        `${this.name} ${args.join(' ')} ${how}\nstdout: ${result.stdout}\nstderr: ${result.stderr}`,
      );
    }
    return result.stdout.replace(/\r?\n$/, '');
  }

  /**
   * Starts a command on a pseudo-terminal of its own, `rows` by `columns`, made by script(1). `before` is shell text that
   * runs on that terminal first, for instance to change its size later on.
   */
  startOnTerminal(
    args: readonly string[],
    options: CliOptions & { readonly rows?: number; readonly columns?: number; readonly before?: string } = {},
  ): RunningCommand {
    const command = [...this.#program, ...args].map(quoted).join(' ');
    const size = `stty rows ${options.rows ?? 24} cols ${options.columns ?? 80}`;
    const script = `${size}; ${options.before ?? ''}\n exec ${command}`;
    return new RunningCommand(['script', '-qefc', script, '/dev/null'], {
      keepInputOpen: true,
      ...options,
      env: { ...this.#env, TERM: 'xterm', SHELL: '/bin/sh', ...options.env },
    });
  }
}
