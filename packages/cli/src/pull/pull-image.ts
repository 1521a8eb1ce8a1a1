import type { Client } from '@wharf/client';
import type { ProgressMessage, Reference } from '@wharf/spec';
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
  /** Called with every message of the engine. */
  onMessage?(message: ProgressMessage): void;
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
    const { onMessage } = options;
    const heard = onMessage ? overheard(messages, onMessage) : messages;
    await (options.out ? showProgress(heard, options.out) : awaitProgress(heard));
  } catch (error) {
    if (controller.signal.aborted) throw exitError('context canceled', INTERRUPTED, error);
    throw error;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

async function* overheard(
  messages: AsyncIterable<ProgressMessage>,
  onMessage: (message: ProgressMessage) => void,
): AsyncGenerator<ProgressMessage> {
  for await (const message of messages) {
    onMessage(message);
    yield message;
  }
}
