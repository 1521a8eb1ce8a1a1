import { spawnSync } from 'node:child_process';

/**
 * Hands the caller's terminal over: keys come one by one, output is not touched. Raw mode here leaves the translation of
 * newlines on, which the container's terminal has done already, so `stty` turns it off. Returns what restores it.
 */
export function takeTerminal(input: NodeJS.ReadStream): () => void {
  if (!input.isTTY) return () => {};
  input.setRawMode(true);
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  return () => {
    input.setRawMode(false);
  };
}
