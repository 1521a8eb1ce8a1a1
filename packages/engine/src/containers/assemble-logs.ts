import { join } from 'node:path';
import { ContainerLogs } from '../logs/container-logs.ts';
import { LogKeeper, type LogKeeperOptions } from '../logs/log-keeper.ts';

type Foundations = Omit<LogKeeperOptions, 'defaults' | 'parent'> & {
  readonly config: LogKeeperOptions['defaults'] & { readonly dataRoot: string };
};

/** What keeps the logs of containers, and what reads them. */
export function assembleLogs(foundations: Foundations): { keeper: LogKeeper; logs: ContainerLogs } {
  const { config } = foundations;
  const keeper = new LogKeeper({ ...foundations, defaults: config, parent: join(config.dataRoot, 'containers') });
  return { keeper, logs: new ContainerLogs(keeper) };
}
