/** A tool's way to stop with one sentence for the user; the tool's entry prints the message and exits with 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** Runs a tool's main function; a Failure becomes its message and exit code 1, anything else is a bug and is thrown. */
export async function main(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
