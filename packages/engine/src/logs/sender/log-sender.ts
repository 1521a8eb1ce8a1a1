/**
 * Entry of the process that sends logs (bundled on its own). It is not the engine, so that an engine that is killed in the
 * middle of a line leaves no doubt whether the line was sent: this process ends in order when the engine is gone.
 * Arguments: the file that says which process sends for this engine, and the cell program.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@wharf/kit';
import { CellRunner } from '@wharf/linux';
import { startTime } from '../../lock-file.ts';
import { JsonLines, type SenderRequest } from './messages.ts';
import { SenderService } from './sender-service.ts';

/** How long the sender of an engine before this one may take to end, and how often is looked. Milliseconds. */
const PATIENCE = 10_000;
const LOOK = 10;

/** Two processes must not send the same log: the one before is waited for. */
async function awaitPredecessor(path: string): Promise<void> {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // The first one.
  }
  const [pid = '', started = ''] = text.trim().split(' ');
  const deadline = performance.now() + PATIENCE;
  while (started !== '' && startTime(Number(pid)) === started && performance.now() < deadline) await delay(LOOK);
  writeFileSync(path, `${process.pid} ${startTime(process.pid) ?? ''}\n`, { mode: 0o600 });
}

async function main(path: string, cell: string): Promise<void> {
  // A terminal's interrupt is for the engine, which then ends this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdout.on('error', () => {});
  await awaitPredecessor(path);
  const runner = new CellRunner(cell);
  const service = new SenderService(runner, (report) => process.stdout.write(`${JSON.stringify(report)}\n`));
  const lines = new JsonLines<SenderRequest>();
  for await (const chunk of process.stdin) for (const request of lines.push(chunk as Buffer)) service.take(request);
  await service.close();
  await runner.close();
  process.exitCode = 0;
}

main(process.argv[2] ?? '', process.argv[3] ?? '').catch((error: unknown) => {
  process.stderr.write(`log sender: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
