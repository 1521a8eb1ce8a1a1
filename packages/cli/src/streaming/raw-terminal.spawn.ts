import { spawnSync } from 'node:child_process';

/**
 * Hands the terminal over to the container: keys come one by one, and output is not touched. The runtime's raw mode
 * leaves the translation of newlines on, which would turn the container's CR LF into CR CR LF and break full screens, so
 * `stty` turns it off. Returns what restores the terminal: leaving raw mode sets back everything as it was before.
 */
export function takeTerminal(input: NodeJS.ReadStream): () => void {
  input.setRawMode(true);
  // Without stty the terminal still works, with empty lines in between.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  return () => {
    input.setRawMode(false);
  };
}
