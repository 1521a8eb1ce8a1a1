import type { Client } from '@wharf/client';
import type { Reference } from '@wharf/spec';
import { exitError } from '../errors.ts';
import type { CommandContext } from '../framework/context.ts';
import type { Output } from '../framework/streams.ts';
import { awaitProgress, showProgress } from './progress.ts';
import { registryAuth } from './registry-auth.ts';

export interface PullOptions {
  readonly platform?: string;
  /** Where the progress goes; nowhere when it is missing. */
  readonly out?: Output;
  /** All tags of the repository. */
  readonly all?: boolean;
}

/** Exit status of a program ended by Ctrl-C (128 + SIGINT). */
const INTERRUPTED = 130;

/** Pulls an image through the engine and shows how it gets on. Ctrl-C takes the request back. */
export async function pullImage(
  ctx: CommandContext,
  client: Client,
  reference: Reference,
  options: PullOptions = {},
): Promise<void> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const messages = await client.imageCreate({
      fromImage: `${reference.registry}/${reference.repository}`,
      ...(options.all ? {} : { tag: reference.digest ?? reference.tag ?? 'latest' }),
      ...(options.platform ? { platform: options.platform } : {}),
      registryAuth: registryAuth(ctx.config(), reference.registry),
      signal: controller.signal,
    });
    await (options.out ? showProgress(messages, options.out) : awaitProgress(messages));
  } catch (error) {
    if (controller.signal.aborted) throw exitError('context canceled', INTERRUPTED, error);
    throw error;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
