/** Something a check objects to. Checks are functions from a tree to problems: an empty list is a pass. */
export interface Problem {
  /** File, with `:line` where it is known. */
  readonly where: string;
  /** What is wrong and what to do instead, in one line. */
  readonly what: string;
}

export function printProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `  ${problem.where}  ${problem.what}\n`).join('');
}
