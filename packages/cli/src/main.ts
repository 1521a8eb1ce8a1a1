import { runProgram } from './framework/dispatch.ts';
import { createProgram } from './program.ts';

/** The directory we were started in; `/` when it has been removed since. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    // Only paths that are given relative to it suffer, and they could not be found anyway.
    return '/';
  }
}

/** The program `wharf`. Ends by itself once nothing is left to do: process.exit would lose output. */
async function main(): Promise<void> {
  const program = createProgram(process.env, workingDirectory());
  process.exitCode = await runProgram(program, process.argv.slice(2));
  program.close();
}

void main();
