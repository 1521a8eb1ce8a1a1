import { execFile } from 'node:child_process';
import { fail } from '../errors.ts';

/** More output than this is cut off. Bytes. */
const MAX_OUTPUT = 16 << 20;
/** Milliseconds. */
const PATIENCE = 10_000;

/** Runs the host's ps. Throws HOST_PS_FAILED with the first line of what it said on standard error. */
export function runPs(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: MAX_OUTPUT, timeout: PATIENCE, env: { ...process.env, LC_ALL: 'C' } };
    execFile('ps', [...args], options, (error, stdout, stderr) => {
      if (error)
        reject(fail('HOST_PS_FAILED', `ps: ${stderr.trim().split('\n')[0] || error.message}`, { cause: error }));
      else resolve(stdout);
    });
  });
}
