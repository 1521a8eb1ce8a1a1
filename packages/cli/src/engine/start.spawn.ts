import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitError } from '../errors.ts';
import { DATA_ROOT, DEFAULT_HOST, EXEC_ROOT, findEngine, LOG_FILE, SOCKET } from './places.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** An older log of this size is put aside when the engine starts. */
const ROTATE_BYTES = 64 << 20;
/** Milliseconds: between two looks at the socket, until we give up, and how long another engine may still appear. */
const LOOK = 8;
const PATIENCE = 60_000;
const LAST_CHANCE = 1500;
/** Of the log, shown when the engine does not start. */
const LAST_LINES = 5;

/** True when somebody listens on the socket. */
export function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect({ path: socket });
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}

function openLog(): number {
  mkdirSync(dirname(LOG_FILE), { recursive: true, mode: 0o755 });
  const size = statSync(LOG_FILE, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_BYTES) renameSync(LOG_FILE, `${LOG_FILE}.1`);
  return openSync(LOG_FILE, 'a', 0o640);
}

function launch(env: Env): ChildProcess {
  const { home, node, bundle } = findEngine(env);
  const log = openLog();
  try {
    const args = [bundle, 'run', '--host', DEFAULT_HOST, '--data-root', DATA_ROOT, '--exec-root', EXEC_ROOT];
    const child = spawn(node, args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...env, WHARF_HOME: home },
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The last lines of the log that are newer than `offset`, with a title; nothing when there are none. */
function lastWords(offset: number): string {
  const added = readFileSync(LOG_FILE).subarray(offset).toString('utf8').trimEnd();
  if (added === '') return '';
  return `; the end of ${LOG_FILE}:\n${added.split('\n').slice(-LAST_LINES).join('\n')}`;
}

/**
 * Starts the engine in the background and waits until it answers. Two callers at once end up with one engine: the second
 * one's leaves, and its caller finds the first. Throws COMMAND_FAILED with the end of the log.
 */
export async function startEngine(env: Env): Promise<void> {
  const child = launch(env);
  const offset = statSync(LOG_FILE).size;
  let deadline = performance.now() + PATIENCE;
  let reason = '';
  child.once('exit', () => {
    deadline = Math.min(deadline, performance.now() + LAST_CHANCE);
  });
  child.once('error', (cause) => {
    reason = ` (${cause.message})`;
    deadline = 0;
  });
  while (!(await answers(SOCKET))) {
    if (performance.now() > deadline) {
      throw exitError(`the engine did not start${reason}${lastWords(offset)}`, 1);
    }
    await sleep(LOOK);
  }
}

/** Runs the engine in the foreground with our own streams; returns its exit status. Signals are passed on to it. */
export function runEngine(env: Env, args: readonly string[]): Promise<number> {
  const { home, node, bundle } = findEngine(env);
  const child = spawn(node, [bundle, 'run', ...args], { stdio: 'inherit', env: { ...env, WHARF_HOME: home } });
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  }).finally(() => {
    for (const signal of signals) process.off(signal, forward);
  });
}
