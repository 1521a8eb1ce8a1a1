import type { Client, HijackedStream } from '@wharf/client';
import { isCode, messageOf } from '@wharf/kit';
import type { ContainerWaitResponse, ExplainStep } from '@wharf/spec';
import { exitError } from '../errors.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { CommandContext } from '../framework/context.ts';
import { runSession } from './session.ts';
import { followSize, proxySignals } from './signals.ts';

/** Exit status when the engine cannot tell the container's. */
const UNKNOWN_STATUS = 125;

export interface AttachedRun {
  readonly id: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly detachKeys: string;
  readonly sigProxy: boolean;
  /** The engine removes the container when it ends. */
  readonly autoRemove: boolean;
  /** Tells what happens. */
  readonly told?: Explanation | undefined;
}

/** The input of a container with a terminal must be one. */
export function checkTerminal(ctx: CommandContext, stdin: boolean, tty: boolean): void {
  if (stdin && tty && !ctx.stdin.isTerminal) throw exitError('the input device is not a TTY', 1);
}

/** The exit status out of the engine's answer to `wait`. */
export async function exitStatus(ctx: CommandContext, result: Promise<ContainerWaitResponse>): Promise<number> {
  try {
    const { StatusCode, Error: problem } = await result;
    if (!problem?.Message) return StatusCode;
    ctx.stderr.write(`Error waiting for container: ${problem.Message}\n`);
  } catch (error) {
    // Taken back by ourselves, since the user left: nothing to tell.
    if (isCode(error, 'REQUEST_CANCELLED')) return UNKNOWN_STATUS;
    ctx.stderr.write(`error waiting for container: ${messageOf(error)}\n`);
  }
  return UNKNOWN_STATUS;
}

/** Starts a container; the engine tells how when somebody wants to know. */
export async function startTold(client: Client, id: string, told: Explanation | undefined): Promise<void> {
  if (!told) return client.containerStart(id);
  const explain: ExplainStep[] = [];
  told.starting();
  await client.containerStart(id, { explain });
  told.running();
  told.answered('It asked the engine to start the container', explain);
}

/** Both must be there before the container starts: nothing of its output or its end may be missed. */
async function prepare(client: Client, run: AttachedRun) {
  const { id, stdin, stdout, stderr, detachKeys } = run;
  const attach = stdin || stdout || stderr;
  const attaching: Promise<HijackedStream | undefined> = attach
    ? client.containerAttach(id, { stream: true, stdin, stdout, stderr, detachKeys })
    : Promise.resolve(undefined);
  const waiting = client.containerWait(id, { condition: run.autoRemove ? 'removed' : 'next-exit' });
  // Awaited one after the other below; a failure of the second must not go unheard meanwhile.
  waiting.catch(() => {});
  const stream = await attaching;
  try {
    return { stream, exit: await waiting };
  } catch (error) {
    stream?.close();
    throw error;
  }
}

/**
 * Attaches to a container that does not run yet, starts it, and stays until it ends or the user detaches. Returns its exit
 * status, 0 after a detach. `started` is called as soon as it runs; a failed start is thrown as the engine put it.
 */
export async function startAttached(ctx: CommandContext, client: Client, run: AttachedRun): Promise<number> {
  const proxy = run.sigProxy ? proxySignals(client, run.id) : undefined;
  let endSize = (): void => {};
  let stream: HijackedStream | undefined;
  try {
    const prepared = await prepare(client, run);
    const { exit } = prepared;
    stream = prepared.stream;
    const { told } = run;
    told?.lap(
      'attach',
      'wharf opened two more requests: one carries the streams, one waits for the end. Nothing can be missed.',
    );
    const options = told ? { ...run, onOutput: () => told.output() } : run;
    const session = stream ? runSession(ctx, stream, options) : undefined;
    session?.catch(() => {});
    try {
      await startTold(client, run.id, told);
    } catch (error) {
      stream?.close();
      await session?.catch(() => {});
      if (run.autoRemove) await exit.result.catch(() => {});
      throw error;
    }
    if (run.tty && stream && ctx.stdout.isTerminal) {
      endSize = followSize(
        (size) => client.containerResize(run.id, size),
        () => ({ width: ctx.stdout.columns(), height: ctx.stdout.rows() }),
      );
    }
    const finish = async (): Promise<number> => {
      if ((await session) === 'detached' || (!run.stdout && !run.stderr)) return 0;
      return exitStatus(ctx, exit.result);
    };
    return await (proxy ? Promise.race([finish(), proxy.forced]) : finish());
  } finally {
    stream?.close();
    endSize();
    proxy?.end();
  }
}
