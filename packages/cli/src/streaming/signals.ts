import type { Client } from '@wharf/client';
import { fail } from '../errors.ts';

/**
 * The signals that are passed on to a container. Not among them: those about our own process (CHLD, PIPE, WINCH, URG, and
 * the faults), and those nobody can catch.
 */
const PROXIED = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGABRT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGIO',
  'SIGPWR',
] as const;

/** A user who interrupts this often wants to leave, whatever the container does. */
const PATIENCE = 3;

/**
 * Passes the signals we get on to the container. The third interrupt or termination rejects `forced`. Returns what ends
 * it.
 */
export function proxySignals(client: Client, id: string): { readonly forced: Promise<never>; end(): void } {
  let interrupts = 0;
  const { promise: forced, reject: force } = Promise.withResolvers<never>();
  forced.catch(() => {});
  const forward = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT' || signal === 'SIGTERM') interrupts += 1;
    if (interrupts === PATIENCE) force(fail('INTERRUPTED', '\ngot 3 SIGTERM/SIGINTs, forcefully exiting'));
    // The container may have ended in the meantime; then there is nobody to tell.
    client.containerKill(id, { signal: signal.slice('SIG'.length) }).catch(() => {});
  };
  for (const signal of PROXIED) process.on(signal, forward);
  return {
    forced,
    end() {
      for (const signal of PROXIED) process.off(signal, forward);
    },
  };
}

/** Attempts, and the milliseconds added to the pause after each, of the first resize: the terminal may not be there yet. */
const ATTEMPTS = 10;
const PAUSE = 10;

/** A size in characters. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Makes a program that is running in the terminal draw itself anew: the size changes, and `followSize` sets it back. */
export async function nudge(client: Client, id: string, { width, height }: Size): Promise<void> {
  // Only a courtesy: a container that cannot be resized can still be attached to.
  await client.containerResize(id, { width: width + 1, height: height + 1 }).catch(() => {});
}

/** Gives a terminal in a container the size of ours, now and after every change. Returns what ends it. */
export function followSize(apply: (size: Size) => Promise<void>, size: () => Size): () => void {
  let attempt = 0;
  let timer: NodeJS.Timeout | undefined;
  const resize = (): void => {
    const { width, height } = size();
    if (width === 0 && height === 0) return;
    apply({ width, height }).catch(() => {
      attempt += 1;
      if (attempt < ATTEMPTS) timer = setTimeout(resize, attempt * PAUSE);
    });
  };
  resize();
  process.on('SIGWINCH', resize);
  return () => {
    process.off('SIGWINCH', resize);
    clearTimeout(timer);
    attempt = ATTEMPTS;
  };
}
