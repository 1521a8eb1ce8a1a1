import assert from 'node:assert/strict';
import type { Cli, TestEngine } from '@wharf/testkit';

export interface ExecState {
  readonly ID: string;
  readonly Running: boolean;
  readonly ExitCode: number | null;
  readonly Pid: number;
  readonly ContainerID: string;
  readonly OpenStdin: boolean;
  readonly OpenStdout: boolean;
  readonly ProcessConfig: Readonly<Record<string, unknown>>;
}

/** A container that stays; the test removes it. */
export function sleeper(cli: Cli, ...options: string[]): Promise<string> {
  return cli.ok(['run', '-d', ...options, 'busybox', 'sleep', '600']);
}

export async function execState(engine: TestEngine, id: string): Promise<ExecState> {
  return (await engine.api('GET', `/exec/${id}/json`)).json as ExecState;
}

export async function execIds(engine: TestEngine, container: string): Promise<string[] | null> {
  return ((await engine.api('GET', `/containers/${container}/json`)).json as { ExecIDs: string[] | null }).ExecIDs;
}

export async function prepare(engine: TestEngine, container: string, body: object): Promise<string> {
  const { status, json, text } = await engine.api('POST', `/containers/${container}/exec`, body);
  assert.equal(status, 201, text);
  return (json as { Id: string }).Id;
}
