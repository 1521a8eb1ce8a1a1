import { execFile } from 'node:child_process';

/** How a call of a runtime ended. */
export interface RuntimeAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  /** What it said on standard error, or why it was cut off. */
  readonly complaint: string;
}

const MAX_OUTPUT = 1 << 20;

/** Calls a runtime and waits for it, at most `patience` milliseconds; then it is killed. Never throws. */
export function callRuntime(
  path: string,
  args: readonly string[],
  options: { readonly search: string; readonly patience: number },
): Promise<RuntimeAnswer> {
  const { search, patience } = options;
  return new Promise((resolve) => {
    const settings = {
      maxBuffer: MAX_OUTPUT,
      timeout: patience,
      killSignal: 'SIGKILL',
      env: { PATH: search },
    } as const;
    execFile(path, [...args], settings, (error, stdout, stderr) => {
      const why = error?.killed ? `no answer within ${patience / 1000} seconds` : (error?.message ?? '');
      resolve({ ok: error === null, stdout, complaint: stderr.trim() || why });
    });
  });
}
