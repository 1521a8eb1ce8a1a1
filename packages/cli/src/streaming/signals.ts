import type { Client } from '@wharf/client';

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

/** Passes the signals we get on to the container. Returns what ends it. */
export function proxySignals(client: Client, id: string): () => void {
  const forward = (signal: NodeJS.Signals): void => {
    // The container may have ended in the meantime; then there is nobody to tell.
    client.containerKill(id, { signal: signal.slice('SIG'.length) }).catch(() => {});
  };
  for (const signal of PROXIED) process.on(signal, forward);
  return () => {
    for (const signal of PROXIED) process.off(signal, forward);
  };
}

/** Attempts, and the milliseconds added to the pause after each, of the first resize: the terminal may not be there yet. */
const ATTEMPTS = 10;
const PAUSE = 10;

/** Gives the container's terminal the size of ours, now and after every change. Returns what ends it. */
export function followSize(client: Client, id: string, size: () => { width: number; height: number }): () => void {
  let attempt = 0;
  let timer: NodeJS.Timeout | undefined;
  const resize = (): void => {
    const { width, height } = size();
    if (width === 0 && height === 0) return;
    client.containerResize(id, { width, height }).catch(() => {
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
