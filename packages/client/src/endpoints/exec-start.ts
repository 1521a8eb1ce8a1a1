import type { HijackedStream } from '../http/hijacked.ts';
import type { Requester } from '../requester.ts';

export interface ExecStartOptions {
  readonly tty?: boolean;
  /** Rows and columns. */
  readonly consoleSize?: readonly [number, number];
  readonly signal?: AbortSignal;
}

function bodyOf(detach: boolean, { tty = false, consoleSize }: ExecStartOptions) {
  return { Detach: detach, Tty: tty, ...(consoleSize && { ConsoleSize: consoleSize }) };
}

/** POST /exec/{id}/start: the command's streams, raw with a terminal, else framed (see FrameReader of spec). */
export function execStart(engine: Requester, id: string, options: ExecStartOptions = {}): Promise<HijackedStream> {
  const path = `/exec/${encodeURIComponent(id)}/start`;
  return engine.hijack(path, { body: bodyOf(false, options), signal: options.signal });
}

/** The same without streams: resolves when the command runs. */
export function execStartDetached(engine: Requester, id: string, options: ExecStartOptions = {}): Promise<void> {
  const path = `/exec/${encodeURIComponent(id)}/start`;
  return engine.done('POST', path, { body: bodyOf(true, options), signal: options.signal });
}
