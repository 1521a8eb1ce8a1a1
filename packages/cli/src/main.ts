import { runProgram } from './framework/dispatch.ts';
import { createProgram } from './program.ts';

/** The program `wharf`. Ends by itself once nothing is left to do: process.exit would lose output. */
async function main(): Promise<void> {
  const program = createProgram(process.env, process.cwd());
  process.exitCode = await runProgram(program, process.argv.slice(2));
  program.close();
}

void main();
