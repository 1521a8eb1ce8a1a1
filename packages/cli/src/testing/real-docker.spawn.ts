import { execFile, execFileSync } from 'node:child_process';

/** What one run of a command line printed and how it ended. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The version of the `docker` client on this machine; undefined when there is none. */
export function dockerVersion(): string | undefined {
  try {
    return /version ([\d.]+)/.exec(execFileSync('docker', ['--version'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined; // No docker here: the callers use recorded answers.
  }
}

/** Runs the real `docker` client against an engine, with a configuration directory of its own. */
export function runDocker(host: string, config: string, args: readonly string[]): Promise<Outcome> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: config, DOCKER_CONFIG: config, DOCKER_HOST: host, TZ: 'UTC' };
  return new Promise((resolve) => {
    execFile('docker', [...args], { encoding: 'utf8', env, timeout: 20_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ stdout, stderr, code });
    });
  });
}
