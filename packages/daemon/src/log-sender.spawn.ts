import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { SenderProcess } from '@wharf/engine';
import type { Installation } from './daemon.ts';

/**
 * Starts the process that sends logs. It is in a session of its own: what ends the engine's process group leaves it, and
 * it ends by itself when the engine is gone.
 */
export function spawnLogSender({ logSender, cell }: Installation, execRoot: string): SenderProcess {
  const child = spawn(process.execPath, ['--max-old-space-size=256', logSender, join(execRoot, 'log-sender'), cell], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    cwd: '/',
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.stdin.on('error', () => {});
  child.unref();
  return {
    write: (text) => child.stdin.write(text),
    end: () => child.stdin.end(),
    onOutput: (listener) => child.stdout.on('data', listener),
    gone,
  };
}
