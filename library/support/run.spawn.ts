import { spawn } from 'node:child_process';
import { errnoOf } from '@wharf/kit';
import { fail } from './errors.ts';

/** How a program of a recipe is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The Debian package that brings the program, named when it is missing. */
  readonly package?: string;
}

/** The last lines of a program's error output: enough to see why it stopped. */
function tail(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n');
}

/**
 * Runs a program to its end and gives its standard output. Fails with LIBRARY_TOOL_MISSING when it is not installed and
 * LIBRARY_TOOL_FAILED, carrying the end of its error output, when it exits with anything but 0.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors = (errors + chunk).slice(-16_384);
    });
    child.on('error', (cause) => {
      const missing = errnoOf(cause) === 'ENOENT';
      const install = `${command} is not installed: apt-get install -y ${options.package ?? command}`;
      reject(
        fail(
          missing ? 'LIBRARY_TOOL_MISSING' : 'LIBRARY_TOOL_FAILED',
          missing ? install : `${command}: ${cause.message}`,
          {
            cause,
          },
        ),
      );
    });
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(output));
      const said = tail(errors) || tail(Buffer.concat(output).toString());
      reject(
        fail('LIBRARY_TOOL_FAILED', `${command} ${args.join(' ')} ended with ${signal ?? code}:\n${said}`, {
          details: { stderr: errors },
        }),
      );
    });
  });
}
