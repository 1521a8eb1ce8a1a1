import { eventually, type TestEngine } from '@wharf/testkit';

export interface Health {
  readonly Status: string;
  readonly FailingStreak: number;
  readonly Log: readonly {
    readonly Start: string;
    readonly End: string;
    readonly ExitCode: number;
    readonly Output: string;
  }[];
}

export interface State {
  readonly Status: string;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly Restarting: boolean;
  readonly OOMKilled: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly Error: string;
  readonly StartedAt: string;
  readonly FinishedAt: string;
  readonly Health?: Health;
}

export async function stateOf(engine: TestEngine, name: string): Promise<State> {
  return ((await engine.api('GET', `/containers/${name}/json`)).json as { State: State }).State;
}

/** The health when it has come to that status. */
export function becomes(engine: TestEngine, name: string, status: string): Promise<Health> {
  return eventually(
    async () => {
      const { Health } = await stateOf(engine, name);
      return Health?.Status === status ? Health : undefined;
    },
    { every: 20 },
  );
}
