/** Runs scenarios one after the other: a line for each on standard output, what went wrong on standard error. */
export async function runScenarios(scenarios, tidy) {
  // Some clients do not keep a program alive by their connections.
  const alive = setInterval(() => {}, 1000);
  for (const scenario of scenarios) {
    try {
      await scenario();
      process.stdout.write(`ok ${scenario.name}\n`);
    } catch (error) {
      process.exitCode = 1;
      process.stdout.write(`failed ${scenario.name}\n`);
      process.stderr.write(`${scenario.name}: ${error.stack}\n`);
      await tidy();
    }
  }
  clearInterval(alive);
}
