import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isKind, messageOf } from '@wharf/kit';
import { type Installation, startDaemon } from './daemon.ts';
import { fail } from './errors.ts';
import { streamLogger } from './log-writer.ts';
import { parseOptions, USAGE } from './options.ts';

/** Put in by the bundler. */
declare const WHARF_VERSION: string | undefined;
declare const WHARF_COMMIT: string | undefined;
declare const WHARF_BUILD_TIME: string | undefined;

/** The installation that this program is part of: build/engine.cjs, or packages/daemon/src/main.ts. */
function installation(): Installation {
  const here = import.meta.dirname ?? __dirname;
  const bundled = existsSync(join(here, 'engine.cjs'));
  const home = bundled ? join(here, '..') : join(here, '../../..');
  return {
    home,
    cell: join(home, 'cell/build/cell'),
    worker: bundled ? join(here, 'unpack-worker.cjs') : join(home, 'packages/images/src/unpack-worker.ts'),
    archiveWorker: bundled
      ? join(here, 'archive-worker.cjs')
      : join(home, 'packages/engine/src/archive/archive-worker.ts'),
    logSender: bundled ? join(here, 'log-sender.cjs') : join(home, 'packages/engine/src/logs/sender/log-sender.ts'),
    version: typeof WHARF_VERSION === 'string' ? WHARF_VERSION : '0.1.0',
    commit: typeof WHARF_COMMIT === 'string' ? WHARF_COMMIT : 'dev',
    buildTime: typeof WHARF_BUILD_TIME === 'string' ? WHARF_BUILD_TIME : '',
  };
}

/** `engine.cjs run [OPTIONS]`: runs until SIGTERM or SIGINT. */
async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args[0] === 'run' ? args.slice(1) : args);
  if (!options) {
    process.stdout.write(USAGE);
    return;
  }
  if (process.getuid?.() !== 0) throw fail('NOT_ROOT', 'the engine needs root: run it with sudo');
  const logger = streamLogger(process.stderr, { debug: options.debug });
  const stopRequest = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopRequest.resolve(signal));
  process.on('SIGHUP', () => logger.info('settings are read at the start only'));
  process.on('unhandledRejection', (error) =>
    logger.error('unhandled rejection', {
      error: messageOf(error),
      stack: error instanceof Error ? error.stack : undefined,
    }),
  );
  // Cells do not keep the process alive; while the engine waits for one at its start, nothing else would.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  try {
    const daemon = await startDaemon(options, installation(), logger);
    for (const address of daemon.addresses) process.stderr.write(`API listen on ${address}\n`);
    logger.info('stopping', { signal: await stopRequest.promise });
    await daemon.stop();
  } finally {
    clearInterval(alive);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`wharf engine: ${messageOf(error)}\n`);
  process.exitCode = isKind(error, 'invalid') ? 125 : 1;
});
